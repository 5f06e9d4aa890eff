package report

// The functions of statistics, for tests against published values.
var (
	Wilson            = wilson
	Newcombe          = newcombe
	TwoProportions    = twoProportions
	ChiSquareSurvival = chiSquareSurvival
)
