package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Setenv("INTROSPECT_SECRET", "s3cret")
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	result := make(chan error, 1)
	go func() { result <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in, t.Output()); in.Close() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(<-result)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("printed %q", line)
	}
	r, err := http.NewRequestWithContext(ctx, "POST", url+"/introspect", strings.NewReader("token=x"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("service", "s3cret")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("introspect: %v", err)
	}
	res.Body.Close()
	stop()
	if err := <-result; err != nil {
		t.Errorf("after it was stopped: %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"to the network": {"-addr", "0.0.0.0:0"},
		"nonsense":       {"-addr", "nonsense"},
		"-alg":           {"-alg", "none"},
		"DPoP.Mode":      {"-addr", "127.0.0.1:0", "-dpop", "perhaps"},
		"DPoP.Origin":    {"-addr", "127.0.0.1:0", "-dpop", "required", "-origin", "notes.example"},
		"AccessLife":     {"-addr", "127.0.0.1:0", "-access-life", "2h"},
		"LoginIdle":      {"-addr", "127.0.0.1:0", "-login-idle", "-1s"},
		"-redis":         {"-redis", "http://x"},
		"-key":           {"-key", "/nonexistent/key.pem"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		if err := run(ctx, args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one about %s", args, err, want)
		}
		cancel()
	}
}
