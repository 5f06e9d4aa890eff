package sqlite

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// lines are what a cart holds, by SKU.
type lines map[string]line

// line is what a cart holds of one SKU, and what one piece costs.
type line struct {
	quantity, value int64
	currency        string // empty: it has no price
}

// encode returns the column lines: for each SKU, in order, its length and bytes, the
// quantity, and the value and currency of one piece.
func (l lines) encode() []byte {
	b := []byte{}
	for _, sku := range slices.Sorted(maps.Keys(l)) {
		b = append(binary.AppendUvarint(b, uint64(len(sku))), sku...)
		b = binary.AppendVarint(binary.AppendVarint(b, l[sku].quantity), l[sku].value)
		b = append(binary.AppendUvarint(b, uint64(len(l[sku].currency))), l[sku].currency...)
	}
	return b
}

// decodeLines reads the column lines.
func decodeLines(b []byte) (lines, error) {
	l := lines{}
	whole := true
	number := func() int64 {
		n, size := binary.Varint(b)
		if size <= 0 {
			b, whole = nil, false
			return 0
		}
		b = b[size:]
		return n
	}
	word := func() string {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) { //nolint:gosec // size is not more than len(b) (G115)
			b, whole = nil, false
			return ""
		}
		s := string(b[size : size+int(n)]) //nolint:gosec // less than len(b) (G115)
		b = b[size+int(n):]                //nolint:gosec // likewise (G115)
		return s
	}
	for len(b) > 0 {
		sku := word()
		l[sku] = line{number(), number(), word()}
	}
	if !whole {
		return nil, fmt.Errorf("%w: the lines of a cart", ErrDamaged)
	}
	return l, nil
}

// quantities returns how much of each SKU there is.
func (l lines) quantities() map[string]int64 {
	m := make(map[string]int64, len(l))
	for sku, line := range l {
		m[sku] = line.quantity
	}
	return m
}

// worth returns the column value, which is JSON, and whether a line has no price.
func (l lines) worth() (value string, unpriced int64, err error) {
	sums := map[string]int64{}
	for _, line := range l {
		if line.currency == "" {
			unpriced = 1
			continue
		}
		sums[line.currency] += line.quantity * line.value
	}
	b, err := json.Marshal(sums)
	if err != nil {
		return "", 0, fmt.Errorf("sqlite: the value of a cart: %w", err)
	}
	return string(b), unpriced, nil
}

// amounts reads the column value.
func amounts(column string) (map[string]int64, error) {
	m := map[string]int64{}
	if column == "{}" {
		return m, nil
	}
	if err := json.Unmarshal([]byte(column), &m); err != nil {
		return nil, fmt.Errorf("%w: the value of a cart: %w", ErrDamaged, err)
	}
	return m, nil
}
