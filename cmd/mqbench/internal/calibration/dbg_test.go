package calibration
import ("testing";"os")
func TestDbg(t *testing.T) { 
 for range 6 { eq, err := Run(t.Context(), os.Stdout, Options{Cases: []string{"change places across topics"}}); if err!=nil||!eq {t.Error(eq,err)} } }
