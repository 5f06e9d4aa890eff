//go:build !unix

package redistest

import (
	"context"
	"errors"
)

// pause needs SIGSTOP.
func (p *process) pause(context.Context) error { return errors.ErrUnsupported }

// resume needs SIGCONT.
func (p *process) resume() error { return errors.ErrUnsupported }
