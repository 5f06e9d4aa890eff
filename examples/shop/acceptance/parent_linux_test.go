package acceptance

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

type startRequest struct {
	cmd  *exec.Cmd
	done chan error
}

// starter starts all commands from one thread, which lives as long as the test
// binary: the kernel sends the parent-death signal when the thread that forked
// ends, not when the process does.
var starter = sync.OnceValue(func() chan<- startRequest {
	requests := make(chan startRequest)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.done <- r.cmd.Start()
		}
	}()
	return requests
})

// startWithParent starts cmd so that it ends with the test binary, however that
// ends.
func startWithParent(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r := startRequest{cmd: cmd, done: make(chan error, 1)}
	starter() <- r
	return <-r.done
}
