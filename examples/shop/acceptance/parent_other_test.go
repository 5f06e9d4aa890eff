//go:build !linux

package acceptance

import "os/exec"

func startWithParent(cmd *exec.Cmd) error { return cmd.Start() }
