using Countersign.Core.Privacy;

namespace Countersign.Core.Tests.Privacy;

/// <summary>Key rings with secrets that tests know.</summary>
static class Rings
{
    /// <summary>A ring with keys 1 to <paramref name="keys"/>, the newest active, the first for the index.</summary>
    public static KeyRing WithKeys(int keys) => new([.. Enumerable.Range(1, keys).Select(id => (id, Secret(id)))], keys, 1);

    /// <summary>The secret of a key: the same one for the same number.</summary>
    public static byte[] Secret(int id) => [.. Enumerable.Range(0, RingKey.SecretBytes).Select(index => (byte)(id * 37 + index))];
}
