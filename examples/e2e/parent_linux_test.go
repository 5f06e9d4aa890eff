package e2e

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startWithParent starts cmd so that the kernel kills it when the test binary ends,
// however that ends. The kernel goes by the thread that forked, so that one is kept.
func startWithParent(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {}
	}()
	return <-started
}
