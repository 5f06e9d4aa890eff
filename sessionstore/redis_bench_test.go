package sessionstore_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func BenchmarkRedis_Load(b *testing.B) {
	r := newRedis(b, redistest.Shared(b).Client(), sessionstore.RedisOptions{Partitions: 128})
	var ids []sessionstore.ID
	for range 100 {
		c := usual()
		if _, err := r.Apply(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		ids = append(ids, c.Session)
	}
	load := func(b *testing.B, i int) {
		if _, err := r.Load(b.Context(), ids[i%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			load(b, i)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(50)
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				load(b, i)
			}
		})
	})
}

func BenchmarkRedis_Apply(b *testing.B) {
	r := newRedis(b, redistest.Shared(b).Client(), sessionstore.RedisOptions{Partitions: 128})
	c := usual()
	if _, err := r.Apply(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	change := sessionstore.Change{Session: c.Session, Epoch: 1, Values: []sessionstore.ValueChange{{Key: "theme", Value: "dark", HasBase: true, Base: "dark"}}}
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Apply(b.Context(), change); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(50)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := r.Apply(b.Context(), change); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
