/* An engine without cascade layers drops every rule in them: it gets the same stylesheets without the layers.
   A classic script in the words of 2015, for engines that old; every other engine leaves at the first line. */
(function () {
  if (window.CSSLayerBlockRule) return;
  var names = [], sheets = document.querySelectorAll('link[rel="stylesheet"][href*="/css/"]');
  for (var i = 0; i < sheets.length; i++) names.push(/\/css\/(\w+)/.exec(sheets[i].href)[1]);
  var flat = document.createElement("link");
  flat.rel = "stylesheet";
  flat.href = document.currentScript.getAttribute("data-flat") + "?of=" + names.join(",");
  document.head.appendChild(flat);
})();
