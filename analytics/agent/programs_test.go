package agent_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics/agent"
)

func TestProgramsAreToldByReason(t *testing.T) {
	programs := map[string][]string{
		agent.Declared: {
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
			"Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
			"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
			"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.6533.99 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
			"Googlebot-Image/1.0",
			"AdsBot-Google (+http://www.google.com/adsbot.html)",
			"Mediapartners-Google",
			"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.6533.99 Mobile Safari/537.36 (compatible; Google-InspectionTool/1.0;)",
			"GoogleOther",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
			"Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
			"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
			"Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
			"Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)",
			"Mozilla/5.0 (compatible; DotBot/1.2; +https://opensiteexplorer.org/dotbot; help@moz.com)",
			"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
			"Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
			"Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
			"Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
			"DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
			"CCBot/2.0 (https://commoncrawl.org/faq/)",
			"Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
			"meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
			"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
			"Twitterbot/1.0",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
			"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
			"Slack-ImgProxy (+https://api.slack.com/robots)",
			"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
			"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
			"TelegramBot (like TwitterBot)",
			"WhatsApp/2.23.20.0 A",
			"http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.social/)",
			"Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
			"Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
			"ia_archiver",
			"Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
			"Screaming Frog SEO Spider/20.0",
			"Mozilla/5.0 zgrab/0.x",
			"Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
			"Expanse, a Palo Alto Networks company, searches across the global IPv4 space",
			"sqlmap/1.7.8#stable (https://sqlmap.org)",
			"my-shop-crawler 0.1",
			"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/127.0.0.0 Safari/537.36 ExampleBot/1.0",
			"Example fetcher (https://example.com/about)",
		},
		agent.Headless: {
			"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/127.0.6533.88 Safari/537.36",
			"Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
			"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
			"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 PTST/240805.163921",
			"Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/24.1.1",
			"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/13.13.2 Chrome/118.0.5993.159 Electron/27.3.10 Safari/537.36",
		},
		agent.Tool: {
			"curl/8.5.0",
			"Wget/1.21.4",
			"python-requests/2.32.3",
			"python-httpx/0.27.0",
			"Python/3.12 aiohttp/3.10.1",
			"Python-urllib/3.11",
			"Go-http-client/1.1",
			"Go-http-client/2.0",
			"Java/17.0.11",
			"Java-http-client/21.0.3",
			"Apache-HttpClient/4.5.14 (Java/17.0.11)",
			"libwww-perl/6.77",
			"Ruby",
			"GuzzleHttp/7",
			"PHP/8.3.9",
			"axios/1.7.2",
			"node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
			"node",
			"undici",
			"Deno/1.45.5",
			"HTTPie/3.2.3",
			"PostmanRuntime/7.41.0",
			"insomnia/9.3.3",
			"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4648",
			"Scrapy/2.11.2 (+https://scrapy.org)",
			"colly - https://github.com/gocolly/colly",
		},
		agent.None: {
			"",
			" \t",
		},
	}
	for want, headers := range programs {
		for _, header := range headers {
			if got := agent.Parse(header).Bot; got != want {
				t.Errorf("%q: got %q, want %q", header, got, want)
			}
		}
	}
}

func TestWordsOfCrawlersAreNotFoundInOtherWords(t *testing.T) {
	tests := map[string]string{
		"foobot":           agent.Declared,
		"foobots/1":        agent.Declared,
		"Bot":              agent.Declared,
		"MyBOT v2":         agent.Declared,
		"cubot robot":      agent.Declared,
		"Botanica/2.1":     "",
		"Talbott Shop/3.0": "",
		"CUBOT_P40":        "",
		"a Cubot":          "",
		"WhatsAppSister/1": agent.Declared, // begins as the name does
		"My WhatsApp/1":    "",             // a name that a header begins with is not looked for further on
	}
	for header, want := range tests {
		if got := agent.Parse(header).Bot; got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}
