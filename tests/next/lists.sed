/^  term red  /a\
  term red+eyes | RED+EYES | RED+EYES
/^  term potential  /i\
  term postponed | postponed | reporté
