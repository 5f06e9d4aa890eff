//go:build unix

package redistest

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

var errExitedInPause = errors.New("redis-server exited instead of stopping")

// pause stops the process and returns once it stands still: the signal alone
// could let it answer a few more commands.
func (p *process) pause(ctx context.Context) error {
	if p.paused {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("pause redis-server: %w", err)
	}
	err := poll(ctx, func(context.Context) (bool, error) {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WNOHANG|syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR) || err == nil && pid == 0:
			return false, errors.New("not stopped yet")
		case err != nil:
			return true, fmt.Errorf("pause redis-server: %w", err)
		case !status.Stopped():
			return true, errExitedInPause
		}
		return true, nil
	})
	p.paused = err == nil
	return err
}

// resume lets a paused process go on.
func (p *process) resume() error {
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		return fmt.Errorf("resume redis-server: %w", err)
	}
	p.paused = false
	return nil
}
