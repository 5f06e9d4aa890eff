package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// commands counts commands by name, without what a subcommand adds to it.
type commands map[string]int64

// minus returns the commands of c that are not in d.
func (c commands) minus(d commands) commands {
	rest := maps.Clone(c)
	for name, n := range d {
		if rest[name] -= n; rest[name] == 0 {
			delete(rest, name)
		}
	}
	return rest
}

// ours are the commands by which the program counts. No library sends them.
var ours = []string{"info", "monitor", "echo"}

// executed returns what the server has executed since it started: all that was
// sent to it, and what scripts called.
func (s *server) executed(ctx context.Context) (commands, error) {
	info, err := s.info(ctx, "commandstats")
	if err != nil {
		return nil, err
	}
	counts := commands{}
	for key, value := range info { // cmdstat_client|setinfo: calls=3,usec=…
		name, ok := strings.CutPrefix(key, "cmdstat_")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "|")
		calls, _, _ := strings.Cut(strings.TrimPrefix(value, "calls="), ",")
		n, err := strconv.ParseInt(calls, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("INFO commandstats: %w", err)
		}
		counts[name] += n
	}
	for _, name := range ours {
		delete(counts, name)
	}
	return counts, nil
}

// info returns a section of INFO.
func (s *server) info(ctx context.Context, section string) (map[string]string, error) {
	reply, err := s.control.Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("INFO %s: %w", section, err)
	}
	info := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(reply)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok {
			info[key] = value
		}
	}
	return info, nil
}
