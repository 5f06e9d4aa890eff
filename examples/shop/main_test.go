package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// start runs the shop's command until stop is called.
func start(t *testing.T, args ...string) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	result := make(chan error, 1)
	args = append([]string{"-data", ""}, args...) // of two, the later counts
	go func() { result <- run(ctx, args, in, t.Output()); in.Close() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(<-result)
	}
	go io.Copy(io.Discard, out)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("printed %q", line)
	}
	return url, func() error { cancel(); return <-result }
}

func TestRunRecordsEventsAndWaitsForNoStream(t *testing.T) {
	file := filepath.Join(t.TempDir(), "events")
	url, stop := start(t, "-addr", "127.0.0.1:0", "-events", file, "-max-logins", "3")
	b := as(t, url, "ada")
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	began := time.Now()
	if err := stop(); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("stopped after %v: %v", time.Since(began), err)
	}
	events, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(events, []byte(`"type":"`+analytics.LoginStarted)) {
		t.Errorf("events %s, error %v", events, err)
	}
}

func TestRunWithTLSHasTheSafeCookie(t *testing.T) {
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	save := func(kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), "pem")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	url, stop := start(t, "-addr", "127.0.0.1:0",
		"-cert", save("CERTIFICATE", server.Certificate().Raw), "-key", save("PRIVATE KEY", key))
	b := visit(t, url)
	b.http.Transport = server.Client().Transport
	cookie := b.send("POST", "/api/points", "").header.Get("Set-Cookie")
	if !strings.HasPrefix(url, "https://") || !strings.HasPrefix(cookie, "__Host-Http-session=") || !strings.Contains(cookie, "; Secure") {
		t.Errorf("at %s the cookie is %s", url, cookie)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"plain HTTP to the world": {[]string{"-addr", "0.0.0.0:0"}, "loopback"},
		"a bad address":           {[]string{"-addr", "nonsense"}, "nonsense"},
		"a bad limit":             {[]string{"-addr", "127.0.0.1:0", "-login-idle", "-1s", "-max-logins", "-1"}, "MaxLogins"},
		"a bad Redis URL":         {[]string{"-redis", "http://x"}, "-redis"},
		"no Redis":                {[]string{"-redis", "127.0.0.1:1,127.0.0.1:2"}, "-redis"},
		"no events file":          {[]string{"-events", "/nonexistent/events"}, "-events"},
		"no analytics file":       {[]string{"-data", "", "-analytics", "/dev/null/analytics.db"}, "-analytics"},
		"nobody's visits":         {[]string{"-visits", "everybody"}, errUsage.Error()},
		"carts left at once":      {[]string{"-abandon", "0s"}, errUsage.Error()},
		"a webhook to the world":  {[]string{"-addr", "127.0.0.1:0", "-data", "", "-webhook", "http://hooks.example/"}, "-webhook"},
		"a webhook unsigned":      {[]string{"-addr", "127.0.0.1:0", "-data", "", "-webhook", "https://hooks.example/?tea=1"}, "SHOP_WEBHOOK_SECRET"},
		"a key without a cert":    {[]string{"-key", "x"}, errUsage.Error()},
		"an argument":             {[]string{"x"}, errUsage.Error()},
		"an unknown flag":         {[]string{"-x"}, errUsage.Error()},
		"help":                    {[]string{"-h"}, flag.ErrHelp.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			t.Chdir(t.TempDir()) // where the shop would keep its data
			t.Setenv("SHOP_WEBHOOK_SECRET", "")
			if name == "a webhook to the world" {
				t.Setenv("SHOP_WEBHOOK_SECRET", "whsec_"+strings.Repeat("tea+", 12))
			}
			err := run(ctx, tt.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want one about %s", err, tt.want)
			}
		})
	}
}
