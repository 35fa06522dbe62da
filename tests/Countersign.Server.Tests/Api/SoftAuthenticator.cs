using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Countersign.Server.Tests.Api;

/// <summary>
/// An authenticator and a browser in one, with a key of its own. Everything that goes into a ceremony can be changed before it is signed (what a wrong client does) and after
/// (what somebody in between does).
/// </summary>
public sealed class SoftAuthenticator : IDisposable
{
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] CredentialId { get; init; } = RandomNumberGenerator.GetBytes(32);

    public string Origin { get; set; } = "https://example.com";

    public string RelyingPartyId { get; set; } = "example.com";

    public uint Counter { get; set; } = 1;

    /// <summary>Present and verified.</summary>
    public byte Flags { get; set; } = 0x05;

    public byte[]? UserHandle { get; set; }

    /// <summary>What <c>navigator.credentials.create()</c> gives for the options of an answer.</summary>
    public JsonObject Register(JsonElement publicKey, Action<Ceremony>? before = null)
    {
        UserHandle = Base64Url.DecodeFromChars(publicKey.GetProperty("user").GetProperty("id").GetString());
        var ceremony = new Ceremony(this, "webauthn.create", publicKey.GetProperty("challenge").GetString()!) { Flags = (byte)(Flags | 0x40) };
        before?.Invoke(ceremony);
        return new JsonObject
        {
            ["id"] = Base64Url.EncodeToString(ceremony.CredentialId),
            ["rawId"] = Base64Url.EncodeToString(ceremony.CredentialId),
            ["type"] = "public-key",
            ["authenticatorAttachment"] = "platform",
            ["response"] = new JsonObject
            {
                ["clientDataJSON"] = Base64Url.EncodeToString(ceremony.ClientData()),
                ["attestationObject"] = Base64Url.EncodeToString(Attestation(ceremony)),
                ["transports"] = new JsonArray("internal"),
            },
        };
    }

    /// <summary>What <c>navigator.credentials.get()</c> gives for the options of an answer.</summary>
    public JsonObject SignIn(JsonElement publicKey, Action<Ceremony>? before = null, ECDsa? with = null)
    {
        Counter++;
        var ceremony = new Ceremony(this, "webauthn.get", publicKey.GetProperty("challenge").GetString()!);
        before?.Invoke(ceremony);
        var (data, client) = (ceremony.AuthenticatorData(), ceremony.ClientData());
        var signature = (with ?? _key).SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new JsonObject
        {
            ["id"] = Base64Url.EncodeToString(ceremony.CredentialId),
            ["rawId"] = Base64Url.EncodeToString(ceremony.CredentialId),
            ["type"] = "public-key",
            ["authenticatorAttachment"] = "platform",
            ["response"] = new JsonObject
            {
                ["clientDataJSON"] = Base64Url.EncodeToString(client),
                ["authenticatorData"] = Base64Url.EncodeToString(data),
                ["signature"] = Base64Url.EncodeToString(signature),
                ["userHandle"] = ceremony.UserHandle is { } handle ? Base64Url.EncodeToString(handle) : null,
            },
        };
    }

    public void Dispose() => _key.Dispose();

    byte[] Attestation(Ceremony ceremony)
    {
        var point = _key.ExportParameters(false).Q;
        byte[] publicKey = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. point.X!, 0x22, 0x58, 0x20, .. point.Y!];
        if (ceremony.Algorithm is { } algorithm)
        {
            publicKey[4] = algorithm;
        }

        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)ceremony.CredentialId.Length);
        byte[] data = [.. ceremony.AuthenticatorData(), .. new byte[16], .. length, .. ceremony.AttestedId ?? ceremony.CredentialId, .. publicKey];
        var size = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)data.Length);
        return [0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, 0x59, .. size, .. data];
    }

    /// <summary>What is signed.</summary>
    public sealed class Ceremony(SoftAuthenticator authenticator, string type, string challenge)
    {
        public string Type { get; set; } = type;

        public string Challenge { get; set; } = challenge;

        public string Origin { get; set; } = authenticator.Origin;

        public bool? CrossOrigin { get; set; } = false;

        public string? TopOrigin { get; set; }

        public string RelyingPartyId { get; set; } = authenticator.RelyingPartyId;

        public byte Flags { get; set; } = authenticator.Flags;

        public uint Counter { get; set; } = authenticator.Counter;

        public byte[] CredentialId { get; set; } = authenticator.CredentialId;

        /// <summary>Another id in what is attested than outside of it.</summary>
        public byte[]? AttestedId { get; set; }

        public byte[]? UserHandle { get; set; } = authenticator.UserHandle;

        /// <summary>Another algorithm than ES256, as one byte of CBOR.</summary>
        public byte? Algorithm { get; set; }

        public byte[] ClientData()
        {
            var client = new JsonObject { ["type"] = Type, ["challenge"] = Challenge, ["origin"] = Origin };
            if (CrossOrigin is { } cross)
            {
                client["crossOrigin"] = cross;
            }

            if (TopOrigin is not null)
            {
                client["topOrigin"] = TopOrigin;
            }

            return Encoding.UTF8.GetBytes(client.ToJsonString());
        }

        public byte[] AuthenticatorData()
        {
            var counter = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);
            return [.. SHA256.HashData(Encoding.UTF8.GetBytes(RelyingPartyId)), Flags, .. counter];
        }
    }
}
