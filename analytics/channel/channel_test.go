package channel_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/channel"
)

func TestOf(t *testing.T) {
	type origin = analytics.Origin
	tests := map[channel.Channel][]origin{
		channel.Direct: {
			{},
			{Platform: "app", Device: "mobile", Browser: "Firefox", OS: "Android", Language: "de", Bot: "declared"},
		},
		channel.CrossNetwork: {
			{Source: "google", Medium: "cpc", Campaign: "Cross-Network spring"},
			{Source: "google", Medium: "cross-network", Campaign: "pmax cross-network"},
		},
		channel.PaidShopping: {
			{Source: "google", Medium: "cpc", Campaign: "shopping-de"},
			{Source: "google", Medium: "cpc", Campaign: "eshop"},
			{Source: "partner", Medium: "cpc", Campaign: "Shop now"},
			{Source: "idealo", Medium: "cpc"},
			{Referrer: "amazon.co.uk", Medium: "paid"},
			{Referrer: "shopping.google.de", Click: "gclid"},
		},
		channel.PaidSearch: {
			{Source: "google", Medium: "cpc"},
			{Source: "Google", Medium: "PPC", Campaign: "workshop"},
			{Source: "bing", Medium: "paid-search"},
			{Source: "bing.com", Medium: "cpc"},
			{Source: "adwords"},
			{Source: "google_ads", Medium: "search"},
			{Source: "spring", Medium: "cpc", Referrer: "duckduckgo.com"},
			{Click: "gclid"},
			{Click: "GBRAID"},
			{Click: "gclid", Source: "google"},
			{Click: "gclid", Referrer: "google.co.uk"},
			{Click: "gclid", Referrer: "startpage.com"},
			{Click: "wbraid", Referrer: "com.google.android.googlequicksearchbox"},
			{Click: "msclkid"},
			{Click: "msclkid", Referrer: "bing.com"},
			{Click: "msclkid", Referrer: "duckduckgo.com"},
			{Click: "yclid", Referrer: "yandex.ru"},
			{Source: "spring", Click: "gclid"},
		},
		channel.PaidSocial: {
			{Source: "facebook", Medium: "cpc"},
			{Source: "ig", Medium: "paid_social"},
			{Source: "fb", Medium: "cpm"},
			{Source: "facebook-ads"},
			{Source: "x", Medium: "retargeting"},
			{Medium: "paid", Referrer: "l.facebook.com"},
			{Medium: "cpc", Click: "fbclid"},
			{Click: "ttclid"},
			{Click: "twclid", Referrer: "t.co"},
			{Click: "li_fat_id", Referrer: "linkedin.com"},
		},
		channel.PaidVideo: {
			{Source: "youtube", Medium: "cpv", Campaign: "launch"},
			{Source: "vimeo", Medium: "paid"},
			{Referrer: "youtube.com", Click: "gclid"},
		},
		channel.Display: {
			{Source: "google", Medium: "display"},
			{Source: "partner.example", Medium: "banner"},
			{Source: "partner.example", Medium: "CPM"},
			{Referrer: "tpc.googlesyndication.com"},
			{Source: "taboola", Medium: "cpc"},
			{Click: "dclid"},
		},
		channel.PaidOther: {
			{Source: "partner.example", Medium: "cpc"},
			{Medium: "ppc"},
			{Source: "podcast", Medium: "paid-audio"},
			{Source: "chatgpt.com", Medium: "cpc"},
		},
		channel.OrganicShopping: {
			{Referrer: "amazon.com.br"},
			{Referrer: "m.ebay.de"},
			{Source: "etsy", Medium: "referral"},
			{Campaign: "shopping week"},
			{Referrer: "toppreise.ch"},
		},
		channel.OrganicSocial: {
			{Referrer: "facebook.com"},
			{Referrer: "lm.facebook.com"},
			{Referrer: "com.linkedin.android"},
			{Referrer: "news.ycombinator.com"},
			{Referrer: "old.reddit.com"},
			{Referrer: "out.reddit.com", Campaign: "shop launch"},
			{Referrer: "pinterest.com.mx"},
			{Source: "instagram", Medium: "bio"},
			{Source: "newsletter", Medium: "social"},
			{Source: "link-in-bio", Referrer: "l.instagram.com"},
			{Click: "fbclid"},
			{Click: "fbclid", Referrer: "m.facebook.com"},
			{Click: "igshid"},
			{Click: "gclid", Referrer: "facebook.com"}, // an address passed on
		},
		channel.OrganicVideo: {
			{Referrer: "youtu.be"},
			{Referrer: "m.youtube.com"},
			{Referrer: "twitch.tv"},
			{Source: "partner", Medium: "video"},
		},
		channel.AIAssistant: {
			{Referrer: "chatgpt.com"},
			{Source: "chatgpt.com"},
			{Source: "perplexity", Medium: "referral"},
			{Referrer: "gemini.google.com"},
			{Referrer: "edgeservices.bing.com"},
			{Referrer: "claude.ai"},
			{Referrer: "chat.mistral.ai"},
		},
		channel.OrganicSearch: {
			{Referrer: "google.com"},
			{Referrer: "WWW.Google.COM"},
			{Referrer: "google.co.uk"},
			{Referrer: "news.google.co.uk"},
			{Referrer: "www.google.com.au"},
			{Referrer: "duckduckgo.com"},
			{Referrer: "html.duckduckgo.com."},
			{Referrer: "cn.bing.com"},
			{Referrer: "r.search.yahoo.com"},
			{Referrer: "search.yahoo.co.jp"},
			{Referrer: "yandex.com.tr"},
			{Referrer: "ecosia.org"},
			{Referrer: "search.brave.com"},
			{Source: "google"},
			{Source: "partner", Medium: "organic"},
			{Click: "srsltid", Referrer: "google.de"},
		},
		channel.Email: {
			{Source: "newsletter", Medium: "email"},
			{Source: "newsletter", Medium: "E-Mail", Referrer: "google.com"},
			{Source: "email"},
			{Source: "spring", Medium: "email", Campaign: "shopping week"},
			{Referrer: "mail.google.com"},
			{Referrer: "eur03.safelinks.protection.outlook.com"},
			{Referrer: "mail.yahoo.com"},
			{Click: "mc_eid"},
		},
		channel.Affiliate: {
			{Source: "awin", Medium: "affiliate"},
			{Source: "partner.example", Medium: "Affiliates", Referrer: "youtube.com"},
		},
		channel.Audio: {{Source: "podcast", Medium: "audio"}},
		channel.SMS:   {{Source: "sms"}, {Source: "spring", Medium: "sms"}},
		channel.Push: {
			{Source: "app", Medium: "web-push"},
			{Source: "app", Medium: "mobile"},
			{Source: "app", Medium: "notification"},
			{Source: "firebase"},
		},
		channel.Referral: {
			{Referrer: "blog.example.org"},
			{Referrer: "localhost"},
			{Referrer: "192.0.2.1"},
			{Referrer: "[2001:db8::1]"},
			{Referrer: "notgoogle.com"},
			{Referrer: "google.example.com"},
			{Referrer: "google.evil"},
			{Referrer: "docs.google.com"},
			{Referrer: "accounts.google.co.in"},
			{Referrer: "aws.amazon.com"},
			{Referrer: "blog.example.org", Click: "gclid"},
			{Referrer: "docs.google.com", Click: "gclid"},
			{Source: "partner"},
			{Source: "partner", Medium: "referral", Referrer: "google.com"},
			{Source: "ads"},
			{Medium: "qr"},
			{Campaign: "spring"},
			{Content: "footer"},
			{Click: "unheard_of"},
		},
	}
	for want, origins := range tests {
		for _, o := range origins {
			if got := channel.Of(o); got != want {
				t.Errorf("%v: got %q, want %q", o.Attributes(), got, want)
			}
		}
	}
}

func TestSource(t *testing.T) {
	tests := []struct {
		origin analytics.Origin
		want   string
	}{
		{analytics.Origin{}, ""},
		{analytics.Origin{Medium: "email"}, ""},
		{analytics.Origin{Source: " Spring-Mailing "}, "spring-mailing"},
		{analytics.Origin{Source: "Google", Referrer: "bing.com"}, "Google"},
		{analytics.Origin{Source: "fb"}, "Facebook"},
		{analytics.Origin{Source: "twitter"}, "X"},
		{analytics.Origin{Source: "chatgpt.com"}, "ChatGPT"},
		{analytics.Origin{Source: "bing_ads"}, "Bing"},
		{analytics.Origin{Source: "partner.example", Referrer: "google.com"}, "partner.example"},
		{analytics.Origin{Referrer: "google.co.uk"}, "Google"},
		{analytics.Origin{Referrer: "news.google.co.uk"}, "Google News"},
		{analytics.Origin{Referrer: "mail.google.com"}, "Gmail"},
		{analytics.Origin{Referrer: "duckduckgo.com"}, "DuckDuckGo"},
		{analytics.Origin{Referrer: "t.co"}, "X"},
		{analytics.Origin{Referrer: "m.youtube.com"}, "YouTube"},
		{analytics.Origin{Referrer: "Blog.Example.org"}, "blog.example.org"},
		{analytics.Origin{Referrer: "blog.example.org", Click: "gclid"}, "blog.example.org"},
		{analytics.Origin{Click: "gclid"}, "Google"},
		{analytics.Origin{Click: "fbclid"}, "Facebook"},
		{analytics.Origin{Click: "unheard_of"}, ""},
	}
	for _, tt := range tests {
		if got := channel.Source(tt.origin); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.origin.Attributes(), got, tt.want)
		}
	}
}

func TestJudgingAllocatesNothing(t *testing.T) {
	for _, o := range []analytics.Origin{
		{Referrer: "news.google.co.uk"},
		{Referrer: "blog.example.org"},
		{Source: "facebook", Medium: "cpc", Campaign: "spring", Click: "fbclid", Referrer: "l.facebook.com"},
	} {
		channel.Of(o)
		if n := testing.AllocsPerRun(100, func() { channel.Of(o); channel.Source(o) }); n != 0 {
			t.Errorf("%v: %v allocations", o.Attributes(), n)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("google", "cpc", "shop", "gclid", "news.google.co.uk")
	f.Add("co.uk", ".", "shopshopping", "", ".com")
	f.Fuzz(func(t *testing.T, source, medium, campaign, click, referrer string) {
		o := analytics.Origin{Source: source, Medium: medium, Campaign: campaign, Click: click, Referrer: referrer}
		channel.Source(o)
		if got := channel.Of(o); (got == channel.Direct) != (o == analytics.Origin{}) {
			t.Errorf("%+v: %q", o, got)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	o := analytics.Origin{Source: "spring", Medium: "cpc", Campaign: "launch", Click: "gclid", Referrer: "blog.example.co.uk"}
	b.ReportAllocs()
	for b.Loop() {
		channel.Of(o)
	}
}
