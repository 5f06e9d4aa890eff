package redistest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func TestReplicaReplicates(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Replica(t)

	// WAIT counts what its own connection wrote.
	conn := primary.Client().Conn()
	t.Cleanup(func() { conn.Close() })
	mustSet(t, conn, "k", "v")
	if n, err := conn.Wait(t.Context(), 1, 10*time.Second).Result(); err != nil || n != 1 {
		t.Fatalf("WAIT = %d, %v; want one replica", n, err)
	}
	wantValue(t, replica.Client(), "k", "v")

	err := replica.Client().Set(t.Context(), "k", "other", 0).Err()
	if err == nil || !strings.HasPrefix(err.Error(), "READONLY") {
		t.Fatalf("write to the replica: %v; want READONLY", err)
	}
}
