package channel

import (
	"strings"
	"testing"
)

func TestEveryLineOfTheListsIsRead(t *testing.T) {
	kinds := map[kind]int{}
	var of kind
	for line := range strings.Lines(matomo + own) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			of = kind(strings.Trim(line, "[]"))
			continue
		}
		name, hosts, ok := strings.Cut(line, " | ")
		if !ok || name == "" || hosts == "" {
			t.Errorf("%q is not a name, a bar and hosts", line)
		}
		for host := range strings.FieldsSeq(hosts) {
			if host != normal(host) {
				t.Errorf("%s: %q is not as hosts are looked up", name, host)
			}
			if host, ok := strings.CutSuffix(host, ".*"); ok {
				host += ".co.uk"
				if s := sites().host(host); s == nil || s.name != name {
					t.Errorf("%s: %+v has its host %s", name, s, host)
				}
			}
		}
		kinds[of]++
	}
	for _, k := range []kind{search, social, assistant, video, shopping, mail, ads, "other"} {
		if kinds[k] == 0 {
			t.Errorf("no site of kind %q", k)
		}
		delete(kinds, k)
	}
	if len(kinds) > 0 {
		t.Errorf("kinds that no rule knows: %v", kinds)
	}
}

func TestTheLongestHostThatFitsCounts(t *testing.T) {
	tests := map[string]string{
		"google.com":                  "Google",
		"google.de":                   "Google",
		"google.com.au":               "Google",
		"a.b.google.co.in":            "Google",
		"images.google.co.in":         "Google Images",
		"x.images.google.de":          "Google Images",
		"gemini.google.com":           "Gemini",
		"websearch.rakuten.co.jp":     "Rakuten",
		"disk.yandex.com.tr":          "Yandex Disk",
		"eur03.safelinks.outlook.com": "Outlook",
		"google":                      "",
		"com":                         "",
		".com":                        "",
		"co.uk":                       "",
		"":                            "",
		".":                           "",
		"google.com.evil.org":         "",
		"mygoogle.com":                "",
		"google.info":                 "",
	}
	for host, want := range tests {
		s := sites().host(host)
		if s == nil && want != "" || s != nil && s.name != want {
			t.Errorf("%q: got %+v, want %q", host, s, want)
		}
	}
}

func TestEveryClickIsOfASiteThatIsKnown(t *testing.T) {
	known := map[site]bool{{"Mailchimp", mail}: true}
	for _, of := range []map[string]*site{sites().hosts, sites().countries} {
		for _, s := range of {
			known[*s] = true
		}
	}
	for parameter, c := range clicks {
		if !known[c.site] {
			t.Errorf("%s: no such site as %+v", parameter, c.site)
		}
	}
}
