package plan

// Agent is a User-Agent header and what it is to be counted as.
type Agent struct {
	Header  string
	Browser string // family
	Device  string // desktop, mobile or tablet

	weight int
}

func (a Agent) weigh() int { return a.weight }

const webKit = " AppleWebKit/537.36 (KHTML, like Gecko) "

var browsers = []Agent{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webKit + "Chrome/141.0.0.0 Safari/537.36", "Chrome", "desktop", 24},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + webKit + "Chrome/140.0.0.0 Safari/537.36", "Chrome", "desktop", 8},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + webKit + "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.3537.57", "Edge", "desktop", 7},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox", "desktop", 5},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari", "desktop", 6},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "Safari", "mobile", 20},
	{"Mozilla/5.0 (Linux; Android 15; Pixel 9)" + webKit + "Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome", "mobile", 20},
	{"Mozilla/5.0 (Linux; Android 13; SM-S901B)" + webKit + "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Browser", "mobile", 4},
	{"Mozilla/5.0 (Linux; Android 13; Pixel Tablet)" + webKit + "Chrome/127.0.0.0 Safari/537.36", "Chrome", "tablet", 3},
	{"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari", "tablet", 3},
}

// The shop's own apps: two webviews, which say so, so that their device is known.
var apps = []Agent{
	{"Mozilla/5.0 (Linux; Android 14; Pixel 8; wv)" + webKit + "Version/4.0 Chrome/127.0.6533.103 Mobile Safari/537.36 TeaApp/3.2", "Chrome", "mobile", 3},
	{"Mozilla/5.0 (Linux; Android 13; Pixel Tablet; wv)" + webKit + "Version/4.0 Chrome/127.0.6533.103 Safari/537.36 TeaApp/3.2", "TeaApp", "tablet", 1},
}

var crawlers = []Agent{
	{Header: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", weight: 6},
	{Header: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36", weight: 3},
	{Header: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", weight: 3},
	{Header: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", weight: 2},
	{Header: "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", weight: 2},
}

var headless = []Agent{
	{Header: "Mozilla/5.0 (X11; Linux x86_64)" + webKit + "HeadlessChrome/141.0.0.0 Safari/537.36", weight: 1},
	{Header: "Mozilla/5.0 (Linux; Android 11; moto g power (2022))" + webKit + "Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse", weight: 1},
}

var tools = []Agent{
	{Header: "curl/8.5.0", weight: 1},
	{Header: "python-requests/2.32.3", weight: 1},
}
