package reporttest_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

func TestModel(t *testing.T) {
	reporttest.Run(t, func(testing.TB) reporttest.Warehouse {
		return &reporttest.Model{Price: reporttest.Price, Keep: reporttest.Keep}
	})
}
