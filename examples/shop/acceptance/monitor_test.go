package acceptance

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
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
	from := len(m.all())
	word := "mark-" + strconv.Itoa(from)
	if err := c.Echo(t.Context(), word).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "MONITOR shows what was asked", func() error {
		all := m.all()
		if !slices.ContainsFunc(all[from:], func(line string) bool { return strings.Contains(line, word) }) {
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
