package channel

// click is what the name of a parameter with a click's ID tells: which site or
// network the click came through, and whether it was paid for. Facebook's and others'
// are on links of every kind.
type click struct {
	site
	paid bool
}

var clicks = map[string]*click{
	"gclid":     {site{"Google", search}, true},
	"gbraid":    {site{"Google", search}, true},
	"wbraid":    {site{"Google", search}, true},
	"dclid":     {site{"Google Ads", ads}, true},
	"srsltid":   {site{"Google", search}, false},
	"msclkid":   {site{"Bing", search}, true},
	"yclid":     {site{"Yandex", search}, true},
	"fbclid":    {site{"Facebook", social}, false},
	"igshid":    {site{"Instagram", social}, false},
	"igsh":      {site{"Instagram", social}, false},
	"epik":      {site{"Pinterest", social}, false},
	"li_fat_id": {site{"LinkedIn", social}, true},
	"rdt_cid":   {site{"Reddit", social}, true},
	"sccid":     {site{"Snapchat", social}, true},
	"ttclid":    {site{"TikTok", social}, true},
	"twclid":    {site{"X", social}, true},
	"mc_eid":    {site{"Mailchimp", mail}, false},
}

// bought reports whether c was paid for, if it came from s: search networks show
// their advertisements on the pages of other search engines too, and Google on its
// other sites. Seen elsewhere, an ID is that of an address which somebody passed on.
func (c *click) bought(s *site) bool {
	switch {
	case c == nil || s == nil || !c.paid:
		return false
	case c.name == s.name, c.kind == search && s.kind == search:
		return true
	}
	return c.name == "Google" && (s.name == "YouTube" || s.name == "Google Shopping")
}
