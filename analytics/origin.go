package analytics

// Origin is where a visit came from and on what it was made, as the attributes of
// its [VisitStarted] event tell. Fields that are not known are empty. All of it is
// claimed by the client: good for counting, and for nothing that has to be true.
type Origin struct {
	Source   string // utm_source, or empty
	Medium   string // utm_medium
	Campaign string // utm_campaign
	Term     string // utm_term
	Content  string // utm_content
	Click    string // the name of the parameter with the click's ID, such as gclid; never the ID
	Referrer string // host of the page that led here, without "www."; empty for the site's own

	Platform string // web or app
	Device   string // desktop, mobile or tablet
	Browser  string // family, such as Firefox
	OS       string // family, such as Android
	Language string // primary subtag of the first language asked for, such as de

	// Bot is why the visit is taken for that of a program, or empty. Reports keep
	// such visits apart.
	Bot string
}

// originFields returns the attribute that each field is stored under.
func originFields(o *Origin) map[string]*string {
	return map[string]*string{
		"source": &o.Source, "medium": &o.Medium, "campaign": &o.Campaign, "term": &o.Term, "content": &o.Content,
		"click": &o.Click, "referrer": &o.Referrer,
		"platform": &o.Platform, "device": &o.Device, "browser": &o.Browser, "os": &o.OS, "language": &o.Language,
		"bot": &o.Bot,
	}
}

// Attributes returns o as the attributes of an event, without those that are
// empty.
func (o Origin) Attributes() map[string]string {
	attributes := map[string]string{}
	for name, value := range originFields(&o) {
		if *value != "" {
			attributes[name] = *value
		}
	}
	return attributes
}

// OriginOf returns the Origin that the attributes of an event tell of.
func OriginOf(attributes map[string]string) Origin {
	var o Origin
	for name, value := range originFields(&o) {
		*value = attributes[name]
	}
	return o
}
