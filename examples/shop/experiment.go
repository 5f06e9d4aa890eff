package main

import (
	"context"

	"github.com/sojourn-go/sojourn/middleware"
)

// orderButton compares two wordings of the button that ends it all.
var orderButton = newOrderButton()

const orderButtonName = "order-button"

func newOrderButton() middleware.Experiment {
	e, err := middleware.NewExperiment(orderButtonName, middleware.Arm{Name: "order", Weight: 1}, middleware.Arm{Name: "steep", Weight: 1})
	if err != nil {
		panic(err) // it is written above
	}
	return e
}

// orderWords returns what the button says to the visitor. It asks only where there
// is something to order: being assigned makes a session.
func orderWords(ctx context.Context) (string, error) {
	arm, err := orderButton.Arm(ctx)
	if arm == "steep" {
		return "Start the kettle", err
	}
	return "Place the order", err
}
