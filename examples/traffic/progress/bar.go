// Package progress shows on a terminal how far a long job has come.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Bar is one line that is written over and over. A nil Bar shows nothing. It is for
// one goroutine.
type Bar struct {
	out   io.Writer
	now   func() time.Time
	begun time.Time
	shown time.Time
	width int
}

// On returns a bar on f if that is a terminal, else nil: a log is to have no bars.
func On(f *os.File) *Bar {
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return newBar(f, time.Now)
}

func newBar(out io.Writer, now func() time.Time) *Bar {
	return &Bar{out: out, now: now, begun: now()}
}

// often is how long a line stays.
const often = 100 * time.Millisecond

// Show shows that done of total is done, with more to tell. A total that is not
// known is 0.
func (b *Bar) Show(done, total int64, more string) {
	if b == nil {
		return
	}
	now := b.now()
	if now.Sub(b.shown) < often {
		return
	}
	b.shown = now
	line := more
	if total > 0 {
		line = fmt.Sprintf("%s %3d %%  %s%s", cells(done, total), 100*done/total, more, left(now.Sub(b.begun), done, total))
	}
	pad := max(0, b.width-len([]rune(line)))
	b.width = len([]rune(line))
	fmt.Fprintf(b.out, "\r%s%s", line, strings.Repeat(" ", pad))
}

// Clear takes the line away.
func (b *Bar) Clear() {
	if b != nil && b.width > 0 {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", b.width))
	}
}

func cells(done, total int64) string {
	const width = 24
	full := int(min(width, width*done/total))
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}

// left says how long the rest takes at the pace so far.
func left(gone time.Duration, done, total int64) string {
	if done <= 0 || done >= total {
		return ""
	}
	rest := time.Duration(float64(gone) / float64(done) * float64(total-done))
	return ", " + rest.Round(time.Second).String() + " left"
}
