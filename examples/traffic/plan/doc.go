// Package plan makes up visitors of the tea shop: who they are, where they come
// from and what they do, one step after another. A seed always gives the same
// plan. Nothing here talks to a shop; times are those of people, to be scaled by
// who carries the plan out.
package plan
