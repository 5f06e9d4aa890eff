// Package setup opens what the command line of the notes API names.
package setup

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Setup is what was opened.
type Setup struct {
	Listener net.Listener
	Config   middleware.Config // its Store and Tokens are set

	client redis.UniversalClient // nil with a store in memory
}

// Open reads the flags. Mistakes in them, and -h, end the process.
func Open(ctx context.Context, args []string, stderr io.Writer) (*Setup, error) {
	t := &middleware.TokenOptions{Issuer: "https://notes.example", Audience: "https://notes.example"}
	s := &Setup{Config: middleware.Config{Tokens: t, Logger: slog.New(slog.NewTextHandler(stderr, nil))}}
	f := flag.NewFlagSet("api", flag.ExitOnError)
	f.SetOutput(stderr)
	addr := f.String("addr", "127.0.0.1:8080", "loopback `host:port` to listen on; port 0 picks a free one")
	urls := f.String("redis", "", "`URL` of the Redis with the sessions; several, comma-separated, of a cluster (default: memory)")
	keyFile := f.String("key", "", "PEM `file` with the signing key, made if missing (default: a key for this run only)")
	alg := f.String("alg", "EdDSA", "`algorithm` of that key: EdDSA, ES256 or RS256")
	f.DurationVar(&t.AccessLife, "access-life", 0, "an access token is good this long (default 5m)")
	f.DurationVar(&s.Config.LoginIdle, "login-idle", 0, "a login ends after this time without a request (default 1h)")
	f.DurationVar(&s.Config.LoginMax, "login-max", 0, "and this long after it began (default 24h)")
	dpop := f.String("dpop", "off", "`mode` of binding tokens to keys: off, optional or required")
	origin := f.String("origin", "", "`URL` where clients reach the API, for -dpop (default: that of -addr)")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	// In the order of middleware's modes. It refuses -1.
	t.DPoP.Mode = middleware.DPoPMode(slices.Index([]string{"off", "optional", "required"}, *dpop))
	var err error
	if t.Keys, t.DPoP.Nonces, err = loadKeys(*keyFile, *alg); err != nil {
		return nil, err
	}
	if err := s.openStore(*urls); err != nil {
		return nil, err
	}
	if s.Listener, err = new(net.ListenConfig).Listen(ctx, "tcp", *addr); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if a, ok := s.Listener.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("plain HTTP on %v would show tokens to the network", s.Listener.Addr()), s.Close())
	}
	t.DPoP.Origin = cmp.Or(*origin, "http://"+s.Listener.Addr().String())
	return s, nil
}

// openStore opens a store in memory, or that of one Redis or of a cluster. What
// else a URL says beside the address, such as a password, all nodes share.
func (s *Setup) openStore(urls string) (err error) {
	if urls == "" {
		s.Config.Store = sessionstore.NewMemory(sessionstore.MemoryOptions{})
		return nil
	}
	o := &redis.UniversalOptions{}
	for url := range strings.SplitSeq(urls, ",") {
		one, err := redis.ParseURL(url)
		if err != nil {
			return errors.New("-redis: not the URL of a Redis") // err may quote the password
		}
		o.Addrs = append(o.Addrs, one.Addr)
		o.Username, o.Password, o.DB, o.TLSConfig = one.Username, one.Password, one.DB, one.TLSConfig
	}
	s.client = redis.NewUniversalClient(o)
	s.Config.Store, err = sessionstore.NewRedis(s.client, sessionstore.RedisOptions{})
	return err
}

// Close closes the listener, if a server has not, and the connections of the store.
func (s *Setup) Close() error {
	var err error
	if s.Listener != nil {
		if err = s.Listener.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	if s.client != nil {
		err = errors.Join(err, s.client.Close())
	}
	return err
}
