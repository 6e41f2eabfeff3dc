$a\
field 90 call-sign TEXT AWS search | Call sign | Indicatif\
field 91 risk ENUM RESTRICT | Risk | Risque\
  term low  | low  | faible\
  term high | high | élevé\
field 92 note TEXT PARA | Note | Note\
field 93 alias TEXT MAP | Alias | Alias
