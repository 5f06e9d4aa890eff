package redistest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	startTimeout = 30 * time.Second
	portAttempts = 10
)

// instance is one redis-server: its port and directory stay, its process
// comes and goes.
type instance struct {
	spec
	port    int
	busPort int
	log     logBuffer

	mu   sync.Mutex
	proc *process // nil while the server is down
}

// spec says which server to start.
type spec struct {
	binary   string
	dir      string
	settings *settings
	cluster  bool
	pickPort func(context.Context) (int, error)
}

// launch starts a server on free ports. When another process takes a port
// between the moment it was found free and the moment the server binds it,
// launch tries other ports.
func launch(ctx context.Context, s spec) (*instance, error) {
	in := &instance{spec: s}
	var err error
	for range portAttempts {
		if err = in.choosePorts(ctx); err != nil {
			return nil, err
		}
		if err = in.start(ctx); err == nil {
			return in, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, err
}

func (in *instance) choosePorts(ctx context.Context) error {
	var err error
	if in.port, err = in.pickPort(ctx); err != nil {
		return err
	}
	if in.cluster {
		in.busPort, err = in.pickPort(ctx)
	}
	return err
}

func (in *instance) addr() string { return loopback(in.port) }

// args returns the whole command line. The log goes to standard output.
func (in *instance) args() []string {
	args := []string{"--port", strconv.Itoa(in.port), "--dir", in.dir}
	if in.cluster {
		// The default bus port, port + 10000, was not found free by anyone.
		args = append(args, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(in.busPort))
	}
	return append(args, in.settings.args()...)
}

// start starts the process and waits until it serves commands. It does nothing
// when the process runs.
func (in *instance) start(ctx context.Context) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.proc != nil {
		return nil
	}
	mark := in.log.len()
	proc, err := startProcess(ctx, in.binary, in.args(), &in.log)
	if err != nil {
		return err
	}
	err = poll(ctx, func(ctx context.Context) (bool, error) {
		select {
		case <-proc.exited:
			if strings.Contains(in.log.since(mark), "Address already in use") {
				return true, errPortTaken
			}
			return true, fmt.Errorf("%w: %w", errExited, proc.err)
		default:
			err := probe(ctx, in.addr(), proc.cmd.Process.Pid)
			return err == nil, err
		}
	})
	if err != nil {
		err = errors.Join(err, proc.kill())
		return fmt.Errorf("redis-server on %s: %w\n%s", in.addr(), err, in.log.since(mark))
	}
	in.proc = proc
	return nil
}

// kill ends the process. It does nothing when the process was killed before.
func (in *instance) kill() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.proc == nil {
		return nil
	}
	if err := in.proc.kill(); err != nil {
		return err
	}
	in.proc = nil
	return nil
}

var errNotRunning = errors.New("redis-server is not running")

// running calls f with the process.
func (in *instance) running(f func(*process) error) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.proc == nil {
		return errNotRunning
	}
	return f(in.proc)
}
