package main

import (
	"fmt"
	"net/http"
)

// newsletter is the action of somebody who wants to hear from the shop.
const newsletter = "newsletter"

// apiScreen is how an app tells which of its screens is shown.
func (s *shop) apiScreen(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Screen string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Screen == "" || len(in.Screen) > maxScreen {
		return httpError{http.StatusUnprocessableEntity, fmt.Sprintf("The name of a screen is 1 to %d bytes.", maxScreen)}
	}
	if err := s.sessions.Screen(r.Context(), in.Screen); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

const maxScreen = 64

func (s *shop) apiSubscribe(w http.ResponseWriter, r *http.Request) error {
	if err := s.sessions.Track(r.Context(), newsletter, nil); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *shop) subscribe(w http.ResponseWriter, r *http.Request) error {
	if err := s.sessions.Track(r.Context(), newsletter, nil); err != nil {
		return err
	}
	return s.done(w, r, "/", "You will hear of the new harvest. (You will not: this is a demonstration.)")
}
