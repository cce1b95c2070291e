// The pages work without this; it saves reloads, adds keys, and draws PNG files.
import "htmx.org";
import { figures } from "./figures.js";
import { forms } from "./forms.js";
import { keys } from "./keys.js";
import { uploads } from "./uploads.js";

figures(document);
forms(document);
keys(document);
uploads(document);
