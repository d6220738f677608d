/**
 * Positions of a picture's pixels, from the celestial cards of its FITS header.
 *
 * Zenithal projections (Calabretta & Greisen 2002, A&A 395, 1077): TAN, SIN (also slanted), ARC,
 * ZEA, STG; and CAR about the equator, which is linear. FK5 at J2000 is taken for ICRS (they differ
 * by less than 0.03″), galactic axes are turned. What else there may be has no positions here.
 */

/** @typedef {import("./types.js").Cards} Cards */
/** @typedef {import("./angles.js").Position} Position */
/** @typedef {{x: number, y: number}} Pixel from zero: the middle of the upper left one is 0, 0 */

const RADIANS = Math.PI / 180;

/** From ICRS to galactic axes (ESA 1997, The Hipparcos Catalogue, volume 1, section 1.5.3). */
const TO_GALACTIC = [
  [-0.0548755604, -0.8734370902, -0.4838350155],
  [0.4941094279, -0.44482963, 0.7469822445],
  [-0.867666149, -0.1980763734, 0.4559837762],
];

/**
 * Where a position lies seen from the projection's middle: `s` and `c` are the sine and cosine of
 * the native latitude; null where the projection does not reach.
 *
 * @typedef {object} Projection
 * @property {(s: number, c: number) => number | null} radius  in radians
 * @property {(radius: number) => [s: number, c: number] | null} latitude
 */

/** @type {Record<string, Projection>} */
const ZENITHAL = {
  TAN: {
    radius: (s, c) => (s > 0 ? c / s : null),
    latitude: (r) => [1 / Math.hypot(1, r), r / Math.hypot(1, r)],
  },
  SIN: {
    radius: (s, c) => (s >= 0 ? c : null),
    latitude: (r) => (r <= 1 ? [Math.sqrt(1 - r * r), r] : null),
  },
  ARC: {
    radius: (s, c) => Math.atan2(c, s),
    latitude: (r) => (r <= Math.PI ? [Math.cos(r), Math.sin(r)] : null),
  },
  ZEA: {
    radius: (s, c) => 2 * Math.sin(Math.atan2(c, s) / 2),
    latitude: (r) => (r <= 2 ? polar(2 * Math.asin(r / 2)) : null),
  },
  STG: {
    radius: (s, c) => (s > -1 ? 2 * Math.tan(Math.atan2(c, s) / 2) : null),
    latitude: (r) => polar(2 * Math.atan(r / 2)),
  },
};

/** @param {number} distance from the pole, radians @returns {[number, number]} */
const polar = (distance) => [Math.cos(distance), Math.sin(distance)];

/** The coordinates of a picture. */
export class Sky {
  /** @type {(plane: number[]) => number[] | null} */
  #toAxes;
  /** @type {(axes: number[]) => number[] | null} */
  #toPlane;
  #matrix;
  #inverse;
  #reference;
  #latitudeFirst;
  #turned;

  /**
   * @param {Cards} cards
   * @throws {RangeError} says what of them is not computed here
   */
  constructor(cards) {
    const types = [String(cards.CTYPE1 ?? ""), String(cards.CTYPE2 ?? "")].map((one) => one.toUpperCase());
    this.#latitudeFirst = /^(DEC|GLAT)/.test(types[0]);
    const [longitude, latitude] = this.#latitudeFirst ? types.toReversed() : types;
    this.#turned = /^GLON/.test(longitude) && /^GLAT/.test(latitude);
    if (!this.#turned) checkFrame(longitude, latitude, cards);
    if (Object.keys(cards).some((name) => /^[AB]P?_ORDER$/.test(name))) {
      throw new RangeError("distorted axes");
    }
    const code = longitude.slice(-3);
    const at = this.#latitudeFirst ? [2, 1] : [1, 2];
    const middle = at.map((axis) => number(cards, `CRVAL${axis}`, 0));
    const slant = [1, 2].map((index) => number(cards, `PV${at[1]}_${index}`, 0));
    [this.#toAxes, this.#toPlane] = projected(code, middle, slant, number(cards, "LONPOLE", NaN));
    this.#reference = [number(cards, "CRPIX1", 0), number(cards, "CRPIX2", 0)];
    this.#matrix = matrixOf(cards);
    const [[a, b], [c, d]] = this.#matrix;
    const determinant = a * d - b * c;
    if (!determinant) throw new RangeError("axes without a scale");
    this.#inverse = [
      [d / determinant, -b / determinant],
      [-c / determinant, a / determinant],
    ];
  }

  /**
   * @param {Pixel} pixel
   * @returns {Position | null} null off the sky
   */
  position({ x, y }) {
    const plane = apply(this.#matrix, [x + 1 - this.#reference[0], y + 1 - this.#reference[1]]);
    const axes = this.#toAxes(this.#latitudeFirst ? plane.toReversed() : plane);
    if (!axes) return null;
    const [ra, dec] = this.#turned ? turn(axes, true) : axes;
    return { ra: ((ra % 360) + 360) % 360, dec };
  }

  /**
   * @param {Position} position
   * @returns {Pixel | null} null where the projection does not reach
   */
  pixel({ ra, dec }) {
    const plane = this.#toPlane(this.#turned ? turn([ra, dec], false) : [ra, dec]);
    if (!plane) return null;
    const [x, y] = apply(this.#inverse, this.#latitudeFirst ? plane.toReversed() : plane);
    return { x: x + this.#reference[0] - 1, y: y + this.#reference[1] - 1 };
  }
}

/**
 * @param {string} longitude
 * @param {string} latitude
 * @param {Cards} cards
 */
function checkFrame(longitude, latitude, cards) {
  if (!/^RA/.test(longitude) || !/^DEC/.test(latitude)) throw new RangeError("axes of another frame");
  const equinox = number(cards, "EQUINOX", 2000);
  const system = String(cards.RADESYS ?? (equinox < 1984 ? "FK4" : "FK5")).trim().toUpperCase();
  if (system !== "ICRS" && (system !== "FK5" || equinox !== 2000)) {
    throw new RangeError(`positions in ${system} ${equinox}`);
  }
}

/**
 * Degrees of the projection's plane for each pixel along both axes.
 *
 * @param {Cards} cards
 */
function matrixOf(cards) {
  const hasCd = Object.keys(cards).some((name) => /^CD[12]_[12]$/.test(name));
  return [1, 2].map((row) =>
    [1, 2].map((column) =>
      hasCd
        ? number(cards, `CD${row}_${column}`, 0)
        : number(cards, `CDELT${row}`, 1) * number(cards, `PC${row}_${column}`, row === column ? 1 : 0),
    ),
  );
}

/**
 * From the plane to the axes' degrees, and back.
 *
 * @param {string} code of the projection
 * @param {number[]} middle degrees
 * @param {number[]} slant
 * @param {number} pole LONPOLE in degrees, NaN where it is not given
 * @returns {[(plane: number[]) => number[] | null, (axes: number[]) => number[] | null]}
 */
function projected(code, middle, slant, pole) {
  if (code === "CAR" && middle[1] === 0 && !(pole > 0)) {
    return [
      ([x, y]) => (Math.abs(y) <= 90 ? [middle[0] + x, y] : null),
      // The nearest way around, as images seldom go further than half around the sky.
      ([longitude, latitude]) => [((longitude - middle[0] + 540) % 360) - 180, latitude],
    ];
  }
  const projection = ZENITHAL[code];
  if (!projection) throw new RangeError(`the projection ${code || "of these axes"}`);
  const [right, up] = slant;
  const slanted = code === "SIN" && (right !== 0 || up !== 0);
  const at = [middle[0] * RADIANS, middle[1] * RADIANS];
  const from = (Number.isNaN(pole) ? (middle[1] >= 90 ? 0 : 180) : pole) * RADIANS;
  return [
    (plane) => {
      const [x, y] = plane.map((value) => value * RADIANS);
      const native = slanted ? unslanted(x, y, right, up) : latitudeOf(projection, x, y);
      if (!native) return null;
      // Seen from the native pole: the same rotation both ways, with the poles' longitudes swapped.
      return rotated(native.phi - from, native.s, native.c, at[1], at[0]).map((one) => one / RADIANS);
    },
    (axes) => {
      const [longitude, latitude] = axes.map((value) => value * RADIANS);
      const turned = longitude - at[0];
      const [phi, s, c] = seen(turned, Math.sin(latitude), Math.cos(latitude), at[1]);
      const native = phi + from;
      const radius = projection.radius(s, c);
      if (radius === null) return null;
      const lean = slanted ? 1 - s : 0;
      return [
        (radius * Math.sin(native) + right * lean) / RADIANS,
        (-radius * Math.cos(native) + up * lean) / RADIANS,
      ];
    },
  ];
}

/** @param {Projection} projection @param {number} x @param {number} y */
function latitudeOf(projection, x, y) {
  const found = projection.latitude(Math.hypot(x, y));
  return found && { phi: Math.atan2(x, -y), s: found[0], c: found[1] };
}

/**
 * The slanted orthographic projection (section 5.1.5) backwards.
 *
 * @param {number} x radians
 * @param {number} y
 * @param {number} right ξ
 * @param {number} up η
 */
function unslanted(x, y, right, up) {
  const a = right * right + up * up + 1;
  const b = right * (x - right) + up * (y - up);
  const root = b * b - a * ((x - right) ** 2 + (y - up) ** 2 - 1);
  if (root < 0) return null;
  const s = Math.min(1, (-b + Math.sqrt(root)) / a);
  const across = x - right * (1 - s);
  const along = y - up * (1 - s);
  return { phi: Math.atan2(across, -along), s, c: Math.hypot(across, along) };
}

/**
 * A direction seen from the other pole, which lies at latitude `dec`: its longitude there from
 * that pole's meridian, and the sine and cosine of its latitude (equations 2 and 5).
 *
 * @param {number} longitude @param {number} s @param {number} c @param {number} dec radians
 */
function seen(longitude, s, c, dec) {
  const away = -c * Math.sin(longitude);
  const towards = s * Math.cos(dec) - c * Math.sin(dec) * Math.cos(longitude);
  const sine = s * Math.sin(dec) + c * Math.cos(dec) * Math.cos(longitude);
  return [Math.atan2(away, towards), sine, Math.hypot(away, towards)];
}

/** @param {number} longitude @param {number} s @param {number} c @param {number} dec @param {number} origin */
function rotated(longitude, s, c, dec, origin) {
  const [turned, sine, cosine] = seen(longitude, s, c, dec);
  return [origin + turned, Math.atan2(sine, cosine)];
}

/**
 * From galactic longitude and latitude to ICRS, or back.
 *
 * @param {number[]} axes degrees
 * @param {boolean} back to ICRS
 */
function turn(axes, back) {
  const [longitude, latitude] = axes.map((value) => value * RADIANS);
  const vector = [
    Math.cos(latitude) * Math.cos(longitude),
    Math.cos(latitude) * Math.sin(longitude),
    Math.sin(latitude),
  ];
  const [x, y, z] = [0, 1, 2].map((row) =>
    vector.reduce((sum, part, k) => sum + part * (back ? TO_GALACTIC[k][row] : TO_GALACTIC[row][k]), 0),
  );
  return [Math.atan2(y, x) / RADIANS, Math.atan2(z, Math.hypot(x, y)) / RADIANS];
}

/** @param {number[][]} matrix @param {number[]} vector */
const apply = (matrix, [x, y]) => matrix.map(([a, b]) => a * x + b * y);

/** @param {Cards} cards @param {string} name @param {number} missing */
function number(cards, name, missing) {
  const value = Number(cards[name] ?? missing);
  return Number.isFinite(value) ? value : missing;
}
