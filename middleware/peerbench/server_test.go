package main

import (
	"bufio"
	"context"
	"maps"
	"strings"
	"testing"
)

func TestServerCountsCommands(t *testing.T) {
	needRedis(t)
	ctx := t.Context()
	srv, err := startServer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.close()
	before, err := srv.executed(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := srv.monitor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	srv.control.Set(ctx, "a", "1", 0)
	srv.control.Get(ctx, "a")
	srv.control.Eval(ctx, `redis.call('GET', 'a') return redis.call('xgroup', 'create', 'b', 'g', '0', 'mkstream')`, nil)
	scripts, err := stop(ctx)
	if err != nil {
		t.Fatal(err)
	}
	after, err := srv.executed(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if want := (commands{"get": 1, "xgroup": 1}); !maps.Equal(scripts, want) {
		t.Errorf("scripts called %v, want %v", scripts, want)
	}
	sent := after.minus(before).minus(scripts)
	if want := (commands{"set": 1, "get": 1, "eval": 1}); !maps.Equal(sent, want) {
		t.Errorf("%v were sent, want %v", sent, want)
	}
}

func TestServerEndsWithContext(t *testing.T) {
	needRedis(t)
	ctx, cancel := context.WithCancel(t.Context())
	srv, err := startServer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-srv.exited
	if err := srv.close(); err != nil {
		t.Error(err)
	}
}

func TestCountScripts(t *testing.T) {
	lines := `+1.2 [0 127.0.0.1:5] "get" "x] \"lua"
+1.2 [0 127.0.0.1:5] "evalsha" "sha" "1" "[0 lua] \"set\""
+1.2 [0 lua] "HGET" "k" "f"
+1.2 [0 lua] "time"
+1.2 [0 127.0.0.1:5] "echo" "the-end"
+1.2 [0 lua] "late"
`
	counts := commands{}
	if err := countScripts(bufio.NewScanner(strings.NewReader(lines)), "the-end", counts); err != nil {
		t.Fatal(err)
	}
	if want := (commands{"hget": 1, "time": 1}); !maps.Equal(counts, want) {
		t.Errorf("counted %v, want %v", counts, want)
	}
	if countScripts(bufio.NewScanner(strings.NewReader(lines)), "another", counts) == nil {
		t.Error("that it broke off went unnoticed")
	}
}
