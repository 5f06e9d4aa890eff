package redistest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// process is a running redis-server. It is only ever ended through the handle
// that started it, never by name or by a number read from somewhere.
type process struct {
	cmd    *exec.Cmd
	paused bool
	exited chan struct{} // closed when the process is gone and its log complete
	err    error         // why it is gone; read after exited is closed
}

func startProcess(ctx context.Context, binary string, args []string, log io.Writer) (*process, error) {
	// ctx bounds the start. The process outlives it: tests decide its end.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), binary, args...) //nolint:gosec // the arguments are the test's own
	cmd.Stdout, cmd.Stderr = log, log
	// Redis 7 refuses to start in a locale that is not installed.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	// A child that a killed server leaves for an instant holds the log open.
	cmd.WaitDelay = 2 * time.Second
	if err := startWithParent(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// kill ends the process with SIGKILL and waits until it is gone.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill redis-server: %w", err)
	}
	<-p.exited
	return nil
}
