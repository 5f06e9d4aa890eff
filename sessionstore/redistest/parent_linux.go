package redistest

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// diesWithParent reports whether a server ends with the test binary even when
// that is killed, panics or calls os.Exit, and runs no cleanup.
const diesWithParent = true

type startRequest struct {
	cmd  *exec.Cmd
	done chan error
}

// starter returns the channel to a goroutine that starts commands. The kernel
// sends the signal when the thread that forked ends, not the process, so one
// thread does all the forking and is kept until the process ends.
var starter = sync.OnceValue(func() chan<- startRequest {
	requests := make(chan startRequest)
	go func() {
		runtime.LockOSThread()
		for request := range requests {
			request.done <- request.cmd.Start()
		}
	}()
	return requests
})

// startWithParent starts cmd so that it is killed when this process ends.
func startWithParent(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	request := startRequest{cmd: cmd, done: make(chan error, 1)}
	starter() <- request
	return <-request.done
}
