package plan

// prices are those of the shop, in cents.
var prices = map[string]int64{
	"sencha": 980, "gyokuro": 2100, "genmaicha": 750, "hojicha": 720, "dong-ding": 1340,
	"jasmine-pearls": 1160, "darjeeling": 1420, "earl-grey": 840, "lapsang": 1090,
}

// Price returns what the lines of a cart cost together, in the currency's smallest
// unit.
func Price(lines map[string]int64) (value int64, currency string) {
	for sku, n := range lines {
		value += n * prices[sku]
	}
	return value, "EUR"
}
