package redistest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

var (
	errExited    = errors.New("redis-server exited")
	errPortTaken = errors.New("port already in use")
)

// probe asks addr for PING and expects the process pid to answer it.
//
// It speaks the protocol itself, since go-redis would log each dial that fails
// while the server is starting.
func probe(ctx context.Context, addr string, pid int) error {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\nINFO server\r\nQUIT\r\n")); err != nil {
		return err
	}
	lines := bufio.NewScanner(conn)
	lines.Scan()
	if lines.Text() != "+PONG" {
		return fmt.Errorf("PING answered by %q", lines.Text()) // such as -LOADING
	}
	// Another server may have taken the port that this one was to listen on.
	want := fmt.Sprintf("process_id:%d", pid)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == want {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return fmt.Errorf("another server listens on %s", addr)
}
