package mvssl

// Scheduled is a method whose steps go by numbers that are worth a look beside the
// learning rate: an EMA's coefficient, temperatures, whatever a schedule moves or the
// method learns.
type Scheduled interface {
	// Schedules returns the numbers by which the step that p tells of is made, each under
	// its own name; none where there are none.
	Schedules(p Progress) []Term
}

// schedules returns the numbers of an objective, where it has some.
func schedules(objective any, p Progress) []Term {
	if s, ok := objective.(Scheduled); ok {
		return s.Schedules(p)
	}
	return nil
}

// The names under which methods tell of the same things.
const (
	emaSchedule                = "ema"
	temperatureSchedule        = "temperature"
	teacherTemperatureSchedule = "teacher_temperature"
)
