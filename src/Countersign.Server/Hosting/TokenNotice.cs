namespace Countersign.Server.Hosting;

/// <summary>
/// Remembers, from before an Auth Token is made up until it was printed, that nobody has seen it yet. A start that ends in between (a port that is taken) would
/// otherwise leave an account whose token was never shown. An empty file in the data directory.
/// </summary>
sealed class TokenNotice(string dataDirectory)
{
    readonly string _path = Path.Combine(dataDirectory, "token-not-shown");

    public bool IsDue => File.Exists(_path);

    public void Leave() => File.WriteAllBytes(_path, []);

    public void Remove() => File.Delete(_path);
}
