// Package channel says how people found their way to a site: by a search, from a
// social network, over an advertisement, and so on. It judges by what [analytics.Origin]
// claims, and like it is good for counting and for nothing that has to be true.
package channel

import (
	"cmp"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
)

// Channel is the kind of way by which a visit came.
type Channel string

// Channels, in the order in which [Of] tries them.
const (
	CrossNetwork    Channel = "cross-network"    // a campaign over several networks of one seller
	PaidShopping    Channel = "paid shopping"    // an advertisement on a marketplace, or of a campaign for a shop
	PaidSearch      Channel = "paid search"      // an advertisement beside what a search found
	PaidSocial      Channel = "paid social"      // an advertisement on a social network
	PaidVideo       Channel = "paid video"       // an advertisement on a site of videos
	Display         Channel = "display"          // a banner
	PaidOther       Channel = "paid other"       // an advertisement elsewhere
	OrganicShopping Channel = "organic shopping" // a marketplace or a comparison of prices
	OrganicSocial   Channel = "organic social"   // a social network
	OrganicVideo    Channel = "organic video"    // a site of videos
	AIAssistant     Channel = "ai assistant"     // an answer of ChatGPT, Perplexity and the like
	OrganicSearch   Channel = "organic search"   // what a search engine found
	Email           Channel = "email"            // a link in a mail
	Affiliate       Channel = "affiliate"        // a partner that is paid for what is sold
	Audio           Channel = "audio"            // an advertisement on a podcast and the like
	SMS             Channel = "sms"              // a text message
	Push            Channel = "push"             // a notification
	Referral        Channel = "referral"         // any other site or tagged link
	Direct          Channel = "direct"           // nothing is known: an address typed in, a bookmark, an app
)

// Of returns the channel that o came by. The first rule that matches wins. They are
// those of the default channel group of Google Analytics 4, with AI assistants, the IDs
// of clicks and readers of mail beside them, and with these differences: a site that is
// not known is a Referral, and so is a link that is tagged in a way not known; and what
// is not paid for is not OrganicShopping by the name of its campaign alone if source or
// medium tell more.
//
// What a link says of itself goes before the page that it was on. That page counts if
// the link names no source that is known, and no medium but a paid one; without such a
// page, the site that the click's ID is of.
func Of(o analytics.Origin) Channel {
	if cmp.Or(o.Source, o.Medium, o.Campaign, o.Term, o.Content, o.Click, o.Referrer) == "" {
		return Direct
	}
	t := read(o)
	switch {
	case strings.Contains(t.campaign, "cross-network"):
		return CrossNetwork
	case t.paid && (t.kind == shopping || forShop(t.campaign)):
		return PaidShopping
	case t.paid && t.kind == search:
		return PaidSearch
	case t.paid && t.kind == social:
		return PaidSocial
	case t.paid && t.kind == video:
		return PaidVideo
	case banner(t.medium), t.kind == ads:
		return Display
	case t.paid:
		return PaidOther
	}
	return unpaid(t)
}

func unpaid(t traits) Channel {
	switch {
	case t.kind == shopping, t.kind == "" && t.medium == "" && forShop(t.campaign):
		return OrganicShopping
	case t.kind == social, socialMedium(t.medium):
		return OrganicSocial
	case t.kind == video, strings.Contains(t.medium, "video"):
		return OrganicVideo
	case t.kind == assistant:
		return AIAssistant
	case t.kind == search, t.medium == "organic":
		return OrganicSearch
	case email(t.source), email(t.medium), t.kind == mail:
		return Email
	case t.medium == "affiliate", t.medium == "affiliates":
		return Affiliate
	case t.medium == "audio":
		return Audio
	case t.source == "sms", t.medium == "sms":
		return SMS
	case push(t.medium), t.source == "firebase":
		return Push
	}
	return Referral
}

// forShop reports whether a campaign says that it is for a shop: "shop" counts at the
// start, after an e or after what is no letter from a to z, as in GA4's
// ^(.*(([^a-df-z]|^)shop|shopping).*)$.
func forShop(campaign string) bool {
	for i := 0; ; {
		at := strings.Index(campaign[i:], "shop")
		if at < 0 {
			return false
		}
		i += at
		if i == 0 || campaign[i-1] == 'e' || campaign[i-1] < 'a' || campaign[i-1] > 'z' || strings.HasPrefix(campaign[i:], "shopping") {
			return true
		}
		i += len("shop")
	}
}

// paidMedium is GA4's ^(.*cp.*|ppc|retargeting|paid.*)$.
func paidMedium(medium string) bool {
	return strings.Contains(medium, "cp") || medium == "ppc" || medium == "retargeting" || strings.HasPrefix(medium, "paid")
}

func banner(medium string) bool {
	switch medium {
	case "display", "banner", "expandable", "interstitial", "cpm":
		return true
	}
	return false
}

func socialMedium(medium string) bool {
	switch medium {
	case "social", "social-network", "social-media", "sm", "social network", "social media":
		return true
	}
	return false
}

func email(word string) bool {
	switch word {
	case "email", "e-mail", "e_mail", "e mail":
		return true
	}
	return false
}

func push(medium string) bool {
	return strings.HasSuffix(medium, "push") || strings.Contains(medium, "mobile") || strings.Contains(medium, "notification")
}
