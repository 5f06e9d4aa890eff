package campaign_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

const (
	keyText   = "0123456789abcdef0123456789abcdef"
	otherText = "another key of more than 24 bytes"
)

func secret(t testing.TB, key string) campaign.Secret {
	t.Helper()
	s, err := campaign.ParseSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte(key)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// request is what a receiver got.
type request struct {
	method string
	header http.Header
	body   []byte
}

// receiver starts one that answers the nth request as it is told to.
func receiver(t *testing.T, answer func(w http.ResponseWriter, n int)) (*httptest.Server, *[]request) {
	var got []request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, request{r.Method, r.Header, body})
		answer(w, len(got))
	}))
	t.Cleanup(s.Close)
	return s, &got
}

func newWebhook(t *testing.T, url string, now func() time.Time, keys ...string) *campaign.Webhook {
	t.Helper()
	o := campaign.WebhookOptions{URL: url, Now: now}
	for _, key := range keys {
		o.Secrets = append(o.Secrets, secret(t, key))
	}
	w, err := campaign.NewWebhook(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWebhookIsSignedWithEverySecret(t *testing.T) {
	s, got := receiver(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusNoContent) })
	now := func() time.Time { return noon }
	w := newWebhook(t, s.URL+"/hooks/1", now, keyText, otherText)
	if err := w.Deliver(t.Context(), campaign.Occasion{ID: "42", Kind: campaign.KindBadge, Time: noon}); err != nil {
		t.Fatal(err)
	}
	r := (*got)[0]
	if r.method != http.MethodPost || r.header.Get("Content-Type") != "application/json" || r.header.Get("webhook-id") != "42" ||
		r.header.Get("webhook-timestamp") != strconv.FormatInt(noon.Unix(), 10) {
		t.Errorf("got %+v", r)
	}
	var want []string
	for _, key := range []string{keyText, otherText} {
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "42.%d.%s", noon.Unix(), r.body)
		want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if got := r.header.Get("webhook-signature"); got != strings.Join(want, " ") {
		t.Errorf("signature %s, want %s", got, want)
	}
	for _, key := range []string{keyText, otherText} {
		if err := campaign.Verify([]campaign.Secret{secret(t, key)}, r.header, r.body, noon, 0); err != nil {
			t.Errorf("Verify with one of the secrets: %v", err)
		}
	}
}

func TestWebhookAnswers(t *testing.T) {
	for _, test := range []struct {
		name     string
		answer   func(w http.ResponseWriter, n int)
		calls    []int // by the requests received after each of: now, 2 s, 10 min, 3 h later
		want     campaign.Deliveries
		mentions string
	}{
		{"2xx is success", status(202), []int{1, 1, 1, 1}, campaign.Deliveries{Delivered: 1}, ""},
		{"500 is tried again", first(500, 200), []int{1, 2, 2, 2}, campaign.Deliveries{Delivered: 1}, "status 500"},
		{"404 is tried again", status(404), []int{1, 2, 3, 4}, campaign.Deliveries{Pending: 1}, "status 404"},
		{"410 is final", status(410), []int{1, 1, 1, 1}, campaign.Deliveries{Failed: 1}, "status 410"},
		{"a redirect is not followed", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, []int{1, 2, 3, 4}, campaign.Deliveries{Pending: 1}, "status 307"},
		{"429 says how long to wait", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, []int{1, 1, 1, 2}, campaign.Deliveries{Pending: 1}, "status 429"},
		{"503 says until when to wait", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Retry-After", noon.Add(time.Hour+5*time.Minute).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		}, []int{1, 1, 2, 3}, campaign.Deliveries{Pending: 1}, "status 503"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, got := receiver(t, test.answer)
			c := &clock{now: noon.Add(time.Hour)}
			r, _ := newRunner(t, campaign.Options{Now: c.Now, Hooks: hook(newWebhook(t, s.URL, c.Now, keyText))})
			for i, later := range []time.Duration{0, 2 * time.Second, 10 * time.Minute, 3 * time.Hour} {
				c.set(noon.Add(time.Hour + later))
				err := r.RunOnce(t.Context())
				if i == 0 && (err != nil) != (test.mentions != "") || err != nil && !strings.Contains(err.Error(), test.mentions) {
					t.Errorf("RunOnce: %v, want %q", err, test.mentions)
				}
				if len(*got) != test.calls[i] {
					t.Fatalf("%d requests after %v, want %d", len(*got), later, test.calls[i])
				}
			}
			if got := statsOf(t, r); got != test.want {
				t.Errorf("stats %+v, want %+v", got, test.want)
			}
			for _, r := range *got {
				if id := r.header.Get("webhook-id"); id != (*got)[0].header.Get("webhook-id") {
					t.Errorf("ID %s, at first %s", id, (*got)[0].header.Get("webhook-id"))
				}
			}
		})
	}
}

func status(code int) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, _ int) { w.WriteHeader(code) }
}

// first answers the first request with a status of its own.
func first(code, then int) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, n int) {
		if n == 1 {
			w.WriteHeader(code)
		} else {
			w.WriteHeader(then)
		}
	}
}

func TestWebhookReadsABoundedAnswer(t *testing.T) {
	s, _ := receiver(t, func(w http.ResponseWriter, _ int) {
		for chunk := make([]byte, 1<<16); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	if err := newWebhook(t, s.URL, nil, keyText).Deliver(t.Context(), campaign.Occasion{ID: "1"}); err != nil {
		t.Error(err)
	}
}

func TestWebhookShowsNoSecrets(t *testing.T) {
	s, _ := receiver(t, status(500))
	url := s.URL + "/T0K3N/path?key=T0K3N"
	w := newWebhook(t, url, nil, keyText)
	failure := w.Deliver(t.Context(), campaign.Occasion{ID: "1"})
	s.Close()
	refused := w.Deliver(t.Context(), campaign.Occasion{ID: "1"})
	if failure == nil || refused == nil {
		t.Fatal("no errors")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cancelled := w.Deliver(ctx, campaign.Occasion{ID: "1"})
	if !errors.Is(cancelled, context.Canceled) {
		t.Errorf("error %v, want %v", cancelled, context.Canceled)
	}
	_, malformed := campaign.NewWebhook(campaign.WebhookOptions{URL: "http://T0K3N.example/T0K3N\x7f"})
	_, tooShort := campaign.ParseSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte(keyText[:8])))
	_, noBase64 := campaign.ParseSecret("whsec_" + keyText + "!")
	var text strings.Builder
	key := secret(t, keyText)
	options := campaign.WebhookOptions{Secrets: []campaign.Secret{key}}
	sub := campaign.Subscription{Hook: w}
	for _, v := range []any{w, *w, key, &key, options, &options, sub, failure, refused, cancelled, malformed, tooShort, noBase64, struct{ k campaign.Secret }{key}} {
		fmt.Fprintf(&text, "%v %+v %#v %s %x\n", v, v, v, v, v)
		slog.New(slog.NewJSONHandler(&text, nil)).LogAttrs(t.Context(), slog.LevelInfo, "", slog.Any("v", v))
		slog.New(slog.NewTextHandler(&text, nil)).LogAttrs(t.Context(), slog.LevelInfo, "", slog.Any("v", v))
	}
	for _, forbidden := range []string{
		"T0K3N", keyText, keyText[:8], fmt.Sprintf("%x", keyText[:8]), base64.StdEncoding.EncodeToString([]byte(keyText))[:10], "48 49 50 51",
	} {
		if strings.Contains(text.String(), forbidden) {
			t.Errorf("%q is in\n%s", forbidden, text.String())
		}
	}
}

func TestWebhookFaultsAreReportedTogether(t *testing.T) {
	_, err := campaign.NewWebhook(campaign.WebhookOptions{URL: "http://example.com/"})
	for _, want := range []string{"URL must be https", "Secrets is empty"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	key := secret(t, keyText)
	for url, ok := range map[string]bool{
		"https://example.com/hook":       true,
		"http://localhost:8080/hook":     true,
		"http://127.0.0.1/hook":          true,
		"http://[::1]:80/hook":           true,
		"http://example.com/hook":        false,
		"http://localhost.example.com/":  false,
		"http://10.0.0.1/":               false,
		"ftp://localhost/":               false,
		"https://user:pass@example.com/": false,
		"https://":                       false,
		"":                               false,
	} {
		if _, err := campaign.NewWebhook(campaign.WebhookOptions{URL: url, Secrets: []campaign.Secret{key}}); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := campaign.NewWebhook(campaign.WebhookOptions{URL: "https://example.com/", Secrets: []campaign.Secret{{}}}); err == nil {
		t.Error("an empty secret was accepted")
	}
}
