package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// server is a redis-server of the program's own, on a loopback port found free.
// It keeps nothing on disk.
type server struct {
	addr    string
	version string
	control *redis.Client // for what the program itself asks

	cmd    *exec.Cmd
	exited chan struct{}
	log    bytes.Buffer // to be read once exited is closed
}

const (
	startTimeout = 30 * time.Second
	startTries   = 5 // another process may take the port first
)

// startServer starts a redis-server, which ends with close, with ctx and, on
// Linux, with this process, however that ends.
func startServer(ctx context.Context) (*server, error) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("%w: run `make tools` to install it", err)
	}
	for range startTries {
		var s *server
		if s, err = tryServer(ctx, binary); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func tryServer(ctx context.Context, binary string) (*server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), exited: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, binary, //nolint:gosec // found in PATH, as any shell would
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no",
		"--dir", os.TempDir(), "--dbfilename", "peerbench-has-none.rdb") // it would load one that is there
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.Env = append(os.Environ(), "LC_ALL=C") // it refuses a locale that is not installed
	s.cmd.WaitDelay = 2 * time.Second
	if err := startWithParent(s.cmd); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // killed, as a rule; what it had to say is in the log
		close(s.exited)
	}()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.close(), errors.New(s.log.String()))
	}
	return s, nil
}

// await returns when the process that was started, and not another that had the
// port first, answers.
func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !s.listens(ctx) {
		select {
		case <-s.exited:
			return errors.New("redis-server does not run")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	s.control = redis.NewClient(&redis.Options{Addr: s.addr})
	info, err := s.info(ctx, "server")
	if err != nil {
		return err
	}
	if info["process_id"] != strconv.Itoa(s.cmd.Process.Pid) {
		return errors.New("another server has the port")
	}
	s.version = info["redis_version"]
	return nil
}

// listens dials by hand: go-redis would log each failure.
func (s *server) listens(ctx context.Context) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// close ends the server. It may be called once.
func (s *server) close() error {
	var errs []error
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		errs = append(errs, err)
	}
	<-s.exited
	return errors.Join(errs...)
}

func freePort(ctx context.Context) (int, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr, ok := ln.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("no TCP port"), ln.Close())
	}
	return addr.Port, ln.Close()
}
