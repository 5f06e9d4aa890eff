package main

import "fmt"

// tea is a product.
type tea struct {
	SKU, Name, Origin string
	Text              string
	Cents             int64 // for 50 g
	Celsius, Minutes  int   // how to brew it
	Shape             string
	Leaf, Light, Deep string // colours: of the leaf, and of what is in the cup
}

var catalogue = []tea{
	{
		"sencha", "Sencha", "Uji, Japan", "First harvest, deep-steamed. Cut grass, sea air and a sweet, clear finish.",
		980, 75, 1, "needle", "#4f7a3a", "#dfe39a", "#a9b957",
	},
	{
		"gyokuro", "Gyokuro", "Yame, Japan", "Three weeks in the shade before picking. Small sips: broth, chestnut, spring peas.",
		2100, 60, 2, "needle", "#2f5e40", "#d6e8a4", "#86a84e",
	},
	{
		"genmaicha", "Genmaicha", "Shizuoka, Japan", "Green tea with toasted rice. Smells of popcorn, goes with everything.",
		750, 85, 1, "broad", "#7d8447", "#ece0a0", "#c0a64a",
	},
	{
		"hojicha", "Hojicha", "Kyoto, Japan", "Roasted over charcoal until it is the colour of bark. Low in caffeine, good at night.",
		720, 95, 1, "needle", "#7a4f2e", "#e0a565", "#a45a24",
	},
	{
		"dong-ding", "Dong Ding Oolong", "Nantou, Taiwan", "Rolled by hand and roasted twice. Honey, warm bread, and still something to say at the fifth cup.",
		1340, 90, 2, "curl", "#4d5a34", "#f0cf7c", "#cf9434",
	},
	{
		"jasmine-pearls", "Jasmine Pearls", "Fuding, China", "Young buds rolled into pearls and scented five nights in a row with fresh flowers.",
		1160, 80, 3, "flower", "#6f8f56", "#f3ebb4", "#d3c26a",
	},
	{
		"darjeeling", "Darjeeling First Flush", "Kurseong, India", "The first days of March, flown in by April. Muscat, apricot, mountain light.",
		1420, 88, 3, "broad", "#5d6b35", "#f5c684", "#d98b3d",
	},
	{
		"earl-grey", "Earl Grey", "Dimbula, Ceylon", "A brisk black tea with oil pressed from Calabrian bergamot, and nothing else.",
		840, 98, 3, "needle", "#3b3330", "#d9824a", "#8e3b1b",
	},
	{
		"lapsang", "Lapsang Souchong", "Wuyi, China", "Dried over smouldering pine. A campfire in a cup: you will know at once which side you are on.",
		1090, 95, 3, "curl", "#2d2a29", "#c96a43", "#6f2416",
	},
}

func findTea(sku string) (tea, bool) {
	for _, t := range catalogue {
		if t.SKU == sku {
			return t, true
		}
	}
	return tea{}, false
}

// price formats an amount of cents.
func price(cents int64) string { return fmt.Sprintf("€%d.%02d", cents/100, cents%100) }
