package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// monitorTimeout bounds how long the last of what scripts called is waited for.
const monitorTimeout = time.Minute

// monitor counts the commands that scripts call, from now until the function
// that it returns is called: the server's statistics mix them with those that
// were sent to it. While it does, the server is slower.
func (s *server) monitor(ctx context.Context) (stop func(context.Context) (commands, error), err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if !lines.Scan() || lines.Text() != "+OK" {
		return nil, errors.Join(fmt.Errorf("MONITOR answered by %q", lines.Text()), lines.Err(), conn.Close())
	}
	counts, end, done := commands{}, "end-"+rand.Text(), make(chan error, 1)
	go func() { done <- countScripts(lines, end, counts) }()
	return func(ctx context.Context) (commands, error) {
		err := s.control.Echo(ctx, end).Err()
		if err != nil {
			return nil, errors.Join(err, conn.Close(), <-done)
		}
		err = conn.SetReadDeadline(time.Now().Add(monitorTimeout))
		return counts, errors.Join(err, <-done, conn.Close())
	}, nil
}

// countScripts takes lines such as
//
//	+1700000000.123456 [0 lua] "hset" "key" …
//
// up to the one that holds end.
func countScripts(lines *bufio.Scanner, end string, counts commands) error {
	for lines.Scan() {
		_, line, _ := strings.Cut(lines.Text(), " [")
		from, words, _ := strings.Cut(line, "] ")
		switch {
		case strings.HasSuffix(from, " lua"):
			name, _, _ := strings.Cut(strings.TrimPrefix(words, `"`), `"`)
			counts[strings.ToLower(name)]++
		case strings.Contains(words, end):
			return nil
		}
	}
	return errors.Join(errors.New("MONITOR broke off"), lines.Err())
}
