package redistest

// An Option changes the configuration that a server starts with.
type Option func(*settings)

// AppendOnly makes the server write each command to an append-only file, and
// to disk, before it answers. What was answered survives [Server.Kill] and
// [Server.Restart].
func AppendOnly() Option {
	return func(s *settings) {
		s.set("appendonly", "yes")
		s.set("appendfsync", "always")
	}
}

// Config sets a directive of redis.conf, in place of a default of this
// package if there is one. Ports and directories are not for Config to set.
func Config(directive string, values ...string) Option {
	return func(s *settings) { s.set(directive, values...) }
}

// settings are directives of redis.conf, in the order they were first set.
type settings struct {
	order  []string
	values map[string][]string
}

// newSettings returns the configuration of a server that touches no disk and
// no other machine, with opts applied.
func newSettings(opts ...Option) *settings {
	s := &settings{values: make(map[string][]string)}
	s.set("bind", "127.0.0.1")
	s.set("save", "")
	s.set("appendonly", "no")
	// A rewrite forks a child, which could outlive a killed server and still
	// be writing while the test's directory is removed.
	s.set("auto-aof-rewrite-percentage", "0")
	// The default waits five seconds for more replicas that will not come.
	s.set("repl-diskless-sync-delay", "0")
	s.apply(opts...)
	return s
}

func (s *settings) apply(opts ...Option) {
	for _, opt := range opts {
		opt(s)
	}
}

func (s *settings) set(directive string, values ...string) {
	if _, ok := s.values[directive]; !ok {
		s.order = append(s.order, directive)
	}
	s.values[directive] = values
}

// args returns the settings as command-line arguments.
func (s *settings) args() []string {
	var args []string
	for _, directive := range s.order {
		args = append(args, "--"+directive)
		args = append(args, s.values[directive]...)
	}
	return args
}
