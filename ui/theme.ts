// Read before the first paint, so that whoever chose a scheme sees no flash of the other one.
import { applyTheme, storedTheme } from './shell/themes.ts'

applyTheme(storedTheme())
