//go:build !linux

package redistest

import "os/exec"

// diesWithParent is false here: only the cleanup of a test ends its servers.
const diesWithParent = false

func startWithParent(cmd *exec.Cmd) error { return cmd.Start() }
