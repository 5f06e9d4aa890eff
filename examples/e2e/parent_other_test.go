//go:build !linux

package e2e

import "os/exec"

func startWithParent(cmd *exec.Cmd) error { return cmd.Start() }
