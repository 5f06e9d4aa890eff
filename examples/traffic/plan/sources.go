package plan

// Source is where a visit comes from, and what it is to be counted as.
type Source struct {
	Query    string // of the address that it enters by
	Referrer string // address of the page that led here
	Medium   string
	Campaign string
	Name     string // of the source; empty: Direct
	Channel  string

	weight int
}

func (s Source) weigh() int { return s.weight }

// Direct is the source of who comes by no link.
var Direct = Source{Channel: "direct", weight: 30}

var sources = []Source{
	Direct,
	{Referrer: "https://www.google.com/", Name: "Google", Channel: "organic search", weight: 20},
	{Referrer: "https://www.bing.com/", Name: "Bing", Channel: "organic search", weight: 4},
	{Referrer: "https://duckduckgo.com/", Name: "DuckDuckGo", Channel: "organic search", weight: 4},
	{
		Query:    "utm_source=google&utm_medium=cpc&utm_campaign=first-flush&utm_term=darjeeling&gclid=made-up",
		Referrer: "https://www.google.com/", Medium: "cpc", Campaign: "first-flush", Name: "Google", Channel: "paid search", weight: 8,
	},
	{Referrer: "https://www.facebook.com/", Name: "Facebook", Channel: "organic social", weight: 5},
	{Referrer: "https://www.instagram.com/", Name: "Instagram", Channel: "organic social", weight: 6},
	{Referrer: "https://www.reddit.com/r/tea/", Name: "Reddit", Channel: "organic social", weight: 3},
	{
		Query: "utm_source=instagram&utm_medium=paid_social&utm_campaign=autumn-oolong", Medium: "paid_social",
		Campaign: "autumn-oolong", Name: "Instagram", Channel: "paid social", weight: 4,
	},
	{Referrer: "https://chatgpt.com/", Name: "ChatGPT", Channel: "ai assistant", weight: 4},
	{Referrer: "https://www.perplexity.ai/", Name: "Perplexity", Channel: "ai assistant", weight: 2},
	{
		Query: "utm_source=newsletter&utm_medium=email&utm_campaign=new-harvest", Medium: "email",
		Campaign: "new-harvest", Name: "newsletter", Channel: "email", weight: 8,
	},
	{
		Query: "utm_source=teapot-club&utm_medium=affiliate&utm_campaign=club", Referrer: "https://teapot-club.example/deals",
		Medium: "affiliate", Campaign: "club", Name: "teapot-club", Channel: "affiliate", weight: 2,
	},
	{Referrer: "https://leaves.example/best-sencha", Name: "leaves.example", Channel: "referral", weight: 5},
}
