package middleware_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// spoken is all that leaves the process or is kept somewhere, but for what
// clients are answered.
type spoken struct {
	mu   sync.Mutex
	text map[string]*bytes.Buffer
}

func (s *spoken) add(where string, text ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text[where] == nil {
		s.text[where] = &bytes.Buffer{}
	}
	fmt.Fprintln(s.text[where], text...)
}

// writer returns a writer whose text is spoken.
func (s *spoken) writer(where string) writerFunc {
	return func(b []byte) (int, error) {
		s.add(where, string(b))
		return len(b), nil
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// wiretap notes what a client sends to Redis.
type wiretap struct{ *spoken }

func (w wiretap) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (w wiretap) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		w.add("Redis", cmd.Args()...)
		return next(ctx, cmd)
	}
}

func (w wiretap) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			w.add("Redis", cmd.Args()...)
		}
		return next(ctx, cmds)
	}
}

// credentialsOf returns the spellings in which what a client holds could turn up.
func credentialsOf(t *testing.T, p middleware.Tokens) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, text := range map[string]string{"access": p.AccessToken, "refresh": p.RefreshToken} {
		if text == "" {
			continue
		}
		found[name+" token"] = text
		if name == "access" && text[:4] != "sjo_" {
			segments := strings.Split(text, ".")
			found["claims of the "+name] = segments[1]
			found["signature of the "+name] = segments[2]
			continue
		}
		_, key := middleware.TakeApart(t, text)
		found["body of the "+name] = text[30:] // beyond the ID
		found["secret of the "+name] = string(key[:])
		found["secret of the "+name+" in base64"] = base64.RawStdEncoding.EncodeToString(key[:])
		found["secret of the "+name+" in base64url"] = base64.RawURLEncoding.EncodeToString(key[:])
		found["secret of the "+name+" in hex"] = hex.EncodeToString(key[:])
		found["secret of the "+name+" in decimal"] = strings.Trim(fmt.Sprintf("%d", key[:8]), "[]")
	}
	return found
}

// TestI4_TokensAreNowhere goes through what tokens are good for, and what they
// are not, and looks for them wherever something is written down.
func TestI4_TokensAreNowhere(t *testing.T) {
	t.Parallel()
	said := &spoken{text: map[string]*bytes.Buffer{}}
	server := redistest.Single(t)
	options := server.Options()
	options.MaxRetries, options.DialerRetries = -1, 1
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	client.AddHook(wiretap{said})
	redisStore, err := sessionstore.NewRedis(client, sessionstore.RedisOptions{Partitions: 2})
	if err != nil {
		t.Fatal(err)
	}
	store := &aheadStore{Store: redisStore}
	recorder := analytics.RecorderFunc(func(_ context.Context, events []analytics.Event) error {
		for _, e := range events {
			b, err := json.Marshal(e)
			said.add("recorder", string(b), err)
		}
		return nil
	})
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	k := newNode(t, store, newKeys(t), middleware.Config{
		Logger:   slog.New(slog.NewJSONHandler(said.writer("log"), debug)),
		Recorder: recorder, MaxLogins: 3, LoginPolicy: sessionstore.EvictOldest,
		OnError: func(w http.ResponseWriter, r *http.Request, err error) {
			said.add("errors", fmt.Sprintf("%v %+v %#v %q", err, err, err, r.URL))
			http.Error(w, err.Error(), middleware.StatusOf(err))
		},
		Tokens: &middleware.TokenOptions{DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin}},
	})
	k.route("GET /speak", k.Checked, func(_ http.ResponseWriter, r *http.Request) error {
		s, _ := k.Current(r.Context())
		a, _ := middleware.AccessOf(r.Context())
		said.add("context", fmt.Sprintf("%v %+v %#v", s, s, s), fmt.Sprintf("%v %+v", a, r.Context()))
		return nil
	})
	k.route("POST /fail", k.Checked, func(http.ResponseWriter, *http.Request) error { return errors.New("application: failed") })

	var held []middleware.Tokens
	hold := func(p middleware.Tokens) middleware.Tokens {
		held = append(held, p)
		return p
	}
	h := k.holder()
	p := hold(k.issued(k.do("POST", "/login", posting("user", "ada"))))
	next := hold(k.exchanged("refresh", p.RefreshToken))
	hold(k.exchanged("refresh", p.RefreshToken))
	bound := hold(h.login("ada"))
	_, boundNext, _ := h.exchange(bound.RefreshToken)
	hold(boundNext)
	opaque := hold(k.issued(k.do("POST", "/login/opaque", posting("user", "ada"))))
	hold(k.issued(k.do("POST", "/reissue", bearer(next.AccessToken))))
	store.Advance(40 * time.Second)
	id, key := middleware.TakeApart(t, opaque.AccessToken)
	key[0] ^= 1
	for _, path := range []string{"/speak", "/fail", "/signed", "/checked", "/revoke", "/introspect", "/refresh"} {
		for _, x := range append(held, middleware.Tokens{AccessToken: middleware.ForgeKind("sjo_", id, key)}) {
			for _, text := range []string{x.AccessToken, x.RefreshToken, x.AccessToken + "A", x.RefreshToken + "="} {
				for _, scheme := range []string{"Bearer ", "DPoP "} {
					form := posting("token", text, "grant_type", "refresh_token", "refresh_token", text)
					o := []func(*http.Request){service, form, with("DPoP", h.proof("GET", path, x.AccessToken))}
					if path != "/introspect" {
						o = append(o, with("Authorization", scheme+text))
					}
					k.do("GET", path, o[1:]...)
					if path != "/revoke" { // at last
						k.do("POST", path, o...)
					}
				}
			}
		}
	}
	if n := len(k.events(analytics.Query{Type: analytics.CredentialReused})); n == 0 {
		t.Error("no theft was found on the way")
	}
	for range 2 { // for the evictions
		hold(k.issued(k.do("POST", "/login", posting("user", "ada"))))
	}
	k.do("POST", "/revoke", posting("token", held[len(held)-1].RefreshToken))

	// What is kept.
	recs, err := k.store.Sessions(t.Context(), 100)
	if err != nil || len(recs) == 0 {
		t.Fatalf("%d sessions, %v", len(recs), err)
	}
	for _, r := range recs {
		said.add("records", fmt.Sprintf("%v %+v %#v", *r, *r, *r), string(r.Credential.Sealed))
	}
	for _, e := range k.events(analytics.Query{}) {
		said.add("events", fmt.Sprintf("%+v", e))
	}
	keys, err := server.Client().Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		kept := server.Client().Dump(t.Context(), key).Val()
		switch server.Client().Type(t.Context(), key).Val() {
		case "hash":
			kept += fmt.Sprint(server.Client().HGetAll(t.Context(), key).Val())
		case "zset":
			kept += fmt.Sprint(server.Client().ZRange(t.Context(), key, 0, -1).Val())
		case "stream":
			kept += fmt.Sprint(server.Client().XRange(t.Context(), key, "-", "+").Val())
		}
		said.add("kept in Redis", key, kept)
	}
	eventually(t, "events are recorded", func() bool {
		said.mu.Lock()
		defer said.mu.Unlock()
		return said.text["recorder"] != nil
	})
	// While it is away.
	server.Kill()
	for _, path := range []string{"/refresh", "/revoke", "/introspect", "/login"} {
		k.do("POST", path, service, posting("grant_type", "refresh_token", "refresh_token", boundNext.RefreshToken, "token", boundNext.RefreshToken, "user", "ada"))
	}
	said.add("manager", fmt.Sprintf("%v %+v", k.Manager, k.Manager))

	said.mu.Lock()
	defer said.mu.Unlock()
	for _, where := range []string{"Redis", "recorder", "log", "errors", "context", "records", "events", "kept in Redis", "manager"} {
		if said.text[where] == nil {
			t.Errorf("nothing was found in %s", where)
			continue
		}
		text := said.text[where].String()
		for _, p := range held {
			for what, needle := range credentialsOf(t, p) {
				if strings.Contains(text, needle) {
					t.Errorf("%s is in %s", what, where)
				}
			}
		}
	}
}

// TestI4_TokensAreNotPrinted prints Tokens in every way, but for the one that is
// for clients.
func TestI4_TokensAreNotPrinted(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p, opaque := k.login("ada"), k.issued(k.do("POST", "/login/opaque", posting("user", "ada")))
	type answer struct {
		Tokens middleware.Tokens
		User   string
	}
	for _, p := range []middleware.Tokens{p, opaque} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
			fmt.Fprintf(&out, verb+verb+verb+verb, p, &p, answer{p, "ada"}, []middleware.Tokens{p})
		}
		fmt.Fprintln(&out, p, p.String(), p.GoString(), errors.New(fmt.Sprint(p)))
		for name, h := range map[string]slog.Handler{"text": slog.NewTextHandler(&out, nil), "JSON": slog.NewJSONHandler(&out, nil)} {
			before := out.Len()
			log := slog.New(h)
			log.LogAttrs(t.Context(), slog.LevelInfo, "tokens", slog.Any("tokens", p))
			log.LogAttrs(t.Context(), slog.LevelInfo, "tokens", slog.Any("tokens", &p))
			for what, needle := range credentialsOf(t, p) {
				if strings.Contains(out.String()[before:], needle) {
					t.Errorf("slog writes as %s: %s", name, what)
				}
			}
			out.Truncate(before)
		}
		for what, needle := range credentialsOf(t, p) {
			if strings.Contains(out.String(), needle) {
				t.Errorf("printed: %s", what)
			}
		}
		b, err := json.Marshal(p)
		if err != nil || !strings.Contains(string(b), p.AccessToken) {
			t.Errorf("a client would get %s, %v", b, err)
		}
	}
}

// TestI4_KeysAreNotPrinted prints what holds the keys.
func TestI4_KeysAreNotPrinted(t *testing.T) {
	private := newEd25519(t)
	key, err := token.NewKey("key", private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.NewKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	seed := bytes.Repeat([]byte{7}, 32)
	nonces, err := token.NewNonces(seed)
	if err != nil {
		t.Fatal(err)
	}
	o := middleware.TokenOptions{
		Issuer: "https://issuer.test", Audience: "https://api.test", Keys: keys,
		DPoP: middleware.DPoP{Mode: middleware.DPoPRequired, Origin: origin, Nonces: nonces},
	}
	cfg := middleware.Config{Store: sessionstore.NewMemory(sessionstore.MemoryOptions{}), Tokens: &o}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{o, &o, o.DPoP, cfg, key, keys, nonces, *nonces} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).LogAttrs(t.Context(), slog.LevelInfo, "o", slog.Any("o", o), slog.Any("key", key), slog.Any("keys", keys), slog.Any("nonces", nonces))
	slog.New(slog.NewJSONHandler(&out, nil)).LogAttrs(t.Context(), slog.LevelInfo, "o", slog.Any("key", key), slog.Any("keys", keys), slog.Any("nonces", nonces))
	for _, b := range [][]byte{private.Seed(), seed} {
		for _, needle := range []string{
			string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)), base64.RawURLEncoding.EncodeToString(b), base64.StdEncoding.EncodeToString(b),
			strings.Trim(fmt.Sprintf("%d", b), "[]"), strings.Trim(fmt.Sprintf("%#v", b), "[]byte{}"),
		} {
			if strings.Contains(out.String(), needle) {
				t.Errorf("printed: %.8q…", needle)
			}
		}
	}
	if !strings.Contains(out.String(), "[key]") {
		t.Error("nothing was printed")
	}
}
