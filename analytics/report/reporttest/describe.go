package reporttest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// describe writes an answer down, without what is zero or empty: nil is as good
// as empty. Moments are in UTC.
func describe(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v), "\n  ")
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, separator string) {
	if !v.IsValid() {
		return
	}
	switch x := v.Interface().(type) {
	case time.Time:
		b.WriteString(x.UTC().Format(time.RFC3339Nano))
		return
	case time.Duration:
		b.WriteString(x.String())
		return
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			b.WriteString(separator)
			write(b, v.Index(i), " ")
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		b.WriteString("{")
		for _, k := range keys {
			fmt.Fprintf(b, " %v=%v", k, v.MapIndex(k))
		}
		b.WriteString(" }")
	case reflect.Struct:
		writeStruct(b, v)
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprintf(b, "%v", v)
	}
}

func writeStruct(b *strings.Builder, v reflect.Value) {
	b.WriteString("{")
	for i := range v.NumField() {
		field := v.Field(i)
		empty := field.IsZero() || (field.Kind() == reflect.Map || field.Kind() == reflect.Slice) && field.Len() == 0
		if empty {
			continue
		}
		var part strings.Builder
		if write(&part, field, " "); part.String() != "{ }" {
			fmt.Fprintf(b, " %s:%s", v.Type().Field(i).Name, part.String())
		}
	}
	b.WriteString(" }")
}
