package acceptance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// monitor is what a Redis server is asked, as its MONITOR command tells it.
type monitor struct {
	mu    sync.Mutex
	lines []string
}

// watch begins to listen to the server at addr, until the test ends.
func watch(t *testing.T, addr string) *monitor {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "MONITOR\r\n"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(conn, 1<<20)
	if first, err := lines.ReadString('\n'); err != nil || first != "+OK\r\n" {
		t.Fatalf("MONITOR: %q %v", first, err)
	}
	m := &monitor{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			m.mu.Lock()
			m.lines = append(m.lines, unescape(line))
			m.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return m
}

// mark says something to Redis and waits until the monitor has heard of it, and
// so of all before it.
func (m *monitor) mark(t *testing.T, c *redis.Client) []string {
	t.Helper()
	word := "mark-" + strconv.FormatInt(int64(len(m.all())), 10)
	if err := c.Echo(t.Context(), word).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "MONITOR shows what was asked", func() error {
		all := m.all()
		if len(all) == 0 || !strings.Contains(strings.Join(all[max(0, len(all)-50):], ""), word) {
			return fmt.Errorf("%d lines", len(all))
		}
		return nil
	})
	return m.all()
}

func (m *monitor) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clip(m.lines)
}

// unescape undoes what MONITOR does to bytes that are no text.
func unescape(line string) string {
	if !strings.Contains(line, `\`) {
		return line
	}
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' || i+1 == len(line) {
			out = append(out, line[i])
			continue
		}
		i++
		switch line[i] {
		case 'x':
			if i+2 < len(line) {
				if b, err := hex.DecodeString(line[i+1 : i+3]); err == nil {
					out = append(out, b...)
					i += 2
				}
			}
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'a':
			out = append(out, '\a')
		case 'b':
			out = append(out, '\b')
		default:
			out = append(out, line[i])
		}
	}
	return string(out)
}

// dump returns every key of the database with all that it holds, as Redis
// stores it and as it answers.
func dump(ctx context.Context, c *redis.Client) ([]byte, error) {
	var all bytes.Buffer
	keys := c.Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		raw, err := c.Dump(ctx, key).Result()
		if err != nil && err != redis.Nil { //nolint:errorlint // go-redis returns it bare
			return nil, err
		}
		var value any
		switch c.Type(ctx, key).Val() {
		case "hash":
			value = c.HGetAll(ctx, key).Val()
		case "stream":
			value = c.XRange(ctx, key, "-", "+").Val()
		case "zset":
			value = c.ZRangeWithScores(ctx, key, 0, -1).Val()
		case "set":
			value = c.SMembers(ctx, key).Val()
		case "list":
			value = c.LRange(ctx, key, 0, -1).Val()
		default:
			value = c.Get(ctx, key).Val()
		}
		fmt.Fprintf(&all, "%s\n%s\n%v\n", key, raw, value)
	}
	return all.Bytes(), keys.Err()
}

// spellings are the ways in which a token's secret might be written down.
func spellings(token string) (map[string][]byte, error) {
	_, secret, _, err := parts(token)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"the token":                     []byte(token),
		"the body of the token":         []byte(token[len(tokenPrefix):]),
		"the secret":                    secret,
		"the secret in base64url":       []byte(base64.RawURLEncoding.EncodeToString(secret)),
		"the secret in base64":          []byte(base64.RawStdEncoding.EncodeToString(secret)),
		"the secret in hex":             []byte(hex.EncodeToString(secret)),
		"the secret in HEX":             []byte(strings.ToUpper(hex.EncodeToString(secret))),
		"the secret as Go prints bytes": []byte(strings.Trim(fmt.Sprintf("%d", secret), "[]")),
	}, nil
}

var leakFlags = []string{"-rotate", "100ms", "-grace", "200ms", "-max-logins", "3"}

func TestI4_NoCredentialAtRest(t *testing.T) {
	r := redistest.Single(t, redistest.Config("rdbcompression", "no"))
	seen := watch(t, r.Addr())
	s := openOn(t, r, leakFlags...)
	sessions, strangers := manyUsers(t, s)
	page := s.admin.do(t, "GET", "/api/events", "", http.StatusOK).body
	dumped, err := dump(t.Context(), r.Client())
	if err != nil {
		t.Fatal(err)
	}
	commands := seen.mark(t, r.Client())
	search(t, append(s.issuedTokens(), strangers...), sessions[0], map[string][]byte{
		"the commands that Redis was sent": []byte(strings.Join(commands, "")),
		"the dump of Redis":                dumped,
		"/api/events":                      []byte(page),
	}, s.here().log.String()+s.there().log.String())
}

func TestI4_NoCredentialInTheFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, 1, append([]string{"-data", dir}, leakFlags...)...)
	sessions, strangers := manyUsers(t, s)
	var kept []byte // the file, and the log beside it
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		kept = append(kept, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := base64.RawURLEncoding.DecodeString(sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	search(t, append(s.issuedTokens(), strangers...), string(id), map[string][]byte{"the directory": kept}, s.here().log.String())
}

// manyUsers does all that shops do, and returns the sessions of those who did it,
// and made-up tokens that they tried.
func manyUsers(t *testing.T, s *shop) (sessions, strangers []string) {
	t.Helper()
	const users = 25
	sessions = make([]string, users)
	strangers = make([]string, users) // with a known ID and a secret of their own
	for i := range strangers {
		c := s.client()
		c.add(t, "sencha", 1)
		strangers[i] = forge(t, c.jar.get(), func(_, secret []byte) { secret[0] ^= 1 })
	}
	together(t, "a run with many users", users, func(i int) error {
		c := s.client()
		name := fmt.Sprintf("user-leak-%d", i%10)
		var errs []error
		note := func(_ answer, err error) { errs = append(errs, err) }
		_, _, err := c.tryAdd("sencha", 1)
		note(answer{}, err)
		note(c.tryLogin(name))
		spent := c.copied()
		for n := range 12 {
			// 409: another browser of the user has ended this one's session.
			note(c.try("PUT", "/api/preferences/key"+strconv.Itoa(n), "value", http.StatusNoContent, http.StatusConflict))
			note(c.try("POST", "/api/points", "", http.StatusOK, http.StatusConflict))
			note(c.try("GET", "/api/sessions", ""))
			pass(time.Now().Add(30 * time.Millisecond)) // secrets rotate meanwhile
		}
		m, _, err := c.tryMe()
		note(answer{}, err)
		sessions[i] = m.Session
		note(c.try("POST", "/api/login", credentials(name, "wrong"), http.StatusUnauthorized))
		switch i % 5 {
		case 0:
			note(c.try("POST", "/api/logout", ""))
		case 1:
			note(c.try("DELETE", "/api/sessions", ""))
		case 2:
			note(spent.try("GET", "/api/me", "")) // theft, in time
			note(spent.try("PUT", "/api/preferences/x", "y"))
		case 3:
			note(c.try("POST", "/api/checkout", ""))
		case 4:
			note(s.holding(strangers[i]).try("GET", "/api/me", ""))
			note(s.holding(c.jar.get()[:20]).try("GET", "/", ""))
		}
		return summary(errs)
	})
	s.events(t)
	return sessions, strangers
}

// search looks for the tokens, however they are written down, in the places and
// in what the instances print. Where it does not find the ID of a session that
// was there, it sees nothing.
func search(t *testing.T, tokens []string, session string, places map[string][]byte, printed string) {
	t.Helper()
	if len(tokens) < 75 {
		t.Errorf("%d tokens are not much to look for", len(tokens))
	}
	for place, text := range places {
		t.Logf("%d tokens in %s, of %d bytes", len(tokens), place, len(text))
		if found := bytes.Contains(text, []byte(session)); !found && session != "" {
			t.Errorf("%s does not even contain the ID of a session: the search sees nothing", place)
		}
	}
	places["what the instances print"] = []byte(printed)
	needles, err := needlesOf(tokens)
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range places {
		for i := 0; i+window <= len(text); i++ {
			for _, n := range needles[[window]byte(text[i:])] {
				if bytes.HasPrefix(text[i:], n.text) {
					t.Errorf("I4: %s contains %s: %q", place, n.form, text[max(0, i-120):i])
				}
			}
		}
	}
}

// window is how much of a needle a search looks at first.
const window = 16

type needle struct {
	form string
	text []byte
}

// needlesOf returns all spellings of the tokens by how they begin.
func needlesOf(tokens []string) (map[[window]byte][]needle, error) {
	all := map[[window]byte][]needle{}
	for _, token := range tokens {
		forms, err := spellings(token)
		if err != nil {
			return nil, err
		}
		for form, text := range forms {
			all[[window]byte(text)] = append(all[[window]byte(text)], needle{form, text})
		}
	}
	return all, nil
}
