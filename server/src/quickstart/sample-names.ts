/** Names of people who do not exist: common first names, and family names put together from parts. */
import type { Draw } from "./draw.ts";

export const countries = ["DE", "FR", "GB", "IE", "SE", "US"] as const;
export type Country = (typeof countries)[number];

interface NameParts {
  readonly first: readonly string[];
  readonly start: readonly string[];
  readonly end: readonly string[];
}

const english: NameParts = {
  first:
    "Ada Alfie Beatrix Callum Daphne Edwin Fern Giles Harriet Imogen Jasper Keira Lionel Maeve Nora Oscar Poppy Quentin Rowan Sybil".split(
      " ",
    ),
  start:
    "Ash Bram Cold Dun Elder Fen Gold Hawk Kings Lang Marsh North Oak Peb Quill Rook Stan Thorn Wester Yar".split(
      " ",
    ),
  end: "bury croft den field ford gate ham hurst ley mere ridge stead thwaite well wick wold".split(
    " ",
  ),
};

const parts: Readonly<Record<Country, NameParts>> = {
  DE: {
    first:
      "Anneke Bastian Clara Dietrich Elke Falk Greta Hannes Ilse Jürgen Käthe Lorenz Mareike Nils Ottilie Paul Rike Sören Thea Volker".split(
        " ",
      ),
    start:
      "Ahorn Birken Dorn Eichen Falken Grün Hasel Krähen Linden Mühl Nebel Ober Rosen Schön Stein Tannen Vogel Wald Weiden Ziegel".split(
        " ",
      ),
    end: "acker bach berger brück feld graben hof holz kamp moser rieder stätter thal wanger".split(
      " ",
    ),
  },
  FR: {
    first:
      "Adèle Bastien Clémence Didier Élodie Fabrice Gaëlle Hugo Inès Joël Léonie Mathis Noémie Octave Pauline Rémi Solène Théo Victoire Yves".split(
        " ",
      ),
    start:
      "Aubé Beau Bois Chante Clair Dur Fonte Grand Haute Long Mal Mont Neuf Per Roche Saint Tour Val Vaux Ville".split(
        " ",
      ),
    end: "bert champ court fort jour lac lande mare mont nac pré rive roux teil val vigne".split(
      " ",
    ),
  },
  GB: english,
  IE: {
    first:
      "Aoife Brian Caoimhe Declan Eimear Fionn Gráinne Hugh Iarla Keelin Lorcan Muireann Niall Oisín Pádraig Róisín Seán Tadhg Úna Yvonne".split(
        " ",
      ),
    start:
      "O'Ban O'Cal O'Dar O'Fal O'Gan O'Hal O'Lon O'Mar O'Ran O'Tal McAr McBren McCor McDun McGar McKin McLar McNal McSor McTier".split(
        " ",
      ),
    end: "agan aherty ally ane annon avan eely egan ennan ery igan oghue olan oran ory".split(" "),
  },
  SE: {
    first:
      "Agnes Björn Cecilia David Ebba Folke Göran Hedda Ingrid Jonas Kerstin Linnéa Måns Nore Oskar Pernilla Ragnar Saga Tove Åke".split(
        " ",
      ),
    start:
      "Alm Berg Björk Dal Ek Fors Gran Hagl Hög Kron Lind Lund Malm Norr Ros Sjö Stål Sund Vik Öst".split(
        " ",
      ),
    end: "berg blad born dahl fors gren holm hult kvist löv lund mark qvist stedt strand ström".split(
      " ",
    ),
  },
  US: english,
};

export function personName(draw: Draw, country: Country): string {
  const { first, start, end } = parts[country];
  return `${draw.oneOf(first)} ${draw.oneOf(start)}${draw.oneOf(end)}`;
}

/** The part before the @: no letter outside ASCII, no apostrophe. */
export function emailName(name: string): string {
  const plain = name.normalize("NFD").replace(/[^a-zA-Z ]/g, "");
  return plain.toLowerCase().replaceAll(" ", ".");
}
