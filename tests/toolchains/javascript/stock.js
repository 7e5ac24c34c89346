// A component made with jco, which knows nothing of Portcullis.

export const shelf = {
  total(articles) {
    const worth = (article) => BigInt(article.priceCents) * BigInt(article.count);
    return articles.reduce((sum, article) => sum + worth(article), 0n);
  },

  scarce(articles, fewerThan) {
    return articles.filter((article) => article.count < fewerThan);
  },

  find(articles, name) {
    const found = articles.find((article) => article.name === name);
    if (found === undefined) {
      throw `there is no ${name}`;
    }
    return found;
  },
};

export function hello(name) {
  return `Hello, ${name}!`;
}
