package agent

import (
	"fmt"
	"testing"
)

func TestTheCacheIsBoundedAndKeepsWhatIsAskedFor(t *testing.T) {
	c := cache{young: map[string]Agent{}}
	c.put("asked for", Agent{Label: "kept"})
	for i := range 10 * generation {
		c.put(fmt.Sprint(i), Agent{})
		if a, ok := c.get("asked for"); !ok || a.Label != "kept" {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if n := len(c.young) + len(c.old); n > 2*generation {
		t.Errorf("%d headers kept", n)
	}
	if _, ok := c.get("1"); ok {
		t.Error("the first of many was kept without being asked for")
	}
}
