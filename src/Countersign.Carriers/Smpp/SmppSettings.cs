using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Countersign.Core.Delivery;

namespace Countersign.Carriers.Smpp;

/// <summary>A carrier's settings as SMPP has them.</summary>
sealed record SmppSettings
{
    public required SmppPoolOptions Pool { get; init; }

    /// <summary>Null for the one that suits the sender.</summary>
    public byte? SourceTon { get; init; }

    /// <summary>Null for the one that suits the sender.</summary>
    public byte? SourceNpi { get; init; }

    public byte DestinationTon { get; init; }

    public byte DestinationNpi { get; init; }

    /// <summary>Null for the narrowest.</summary>
    public SmppEncoding? Encoding { get; init; }

    public LongMessage LongMessage { get; init; }

    public byte RegisteredDelivery { get; init; }

    public ValidityForm Validity { get; init; }

    public ReceiptIdFormat ReceiptIds { get; init; }

    public static SmppSettings Read(CarrierSettings settings)
    {
        TryReadCertificates(settings.Find("ca_certificate"), out var authorities);
        return new SmppSettings
        {
            Pool = new SmppPoolOptions
            {
                Endpoint = new SmppEndpoint
                {
                    Host = settings.Text("host"),
                    Port = settings.Number("port"),
                    Tls = settings.Flag("tls"),
                    Authorities = authorities,
                    Window = settings.Number("window"),
                    EnquireInterval = TimeSpan.FromSeconds(settings.Number("enquire_seconds")),
                    Bind = new Bind(settings.Text("bind_type") == "transceiver" ? BindType.Transceiver : BindType.Transmitter)
                    {
                        SystemId = settings.Text("system_id"),
                        Password = settings.Find("password") ?? "",
                        SystemType = settings.Find("system_type") ?? "",
                    },
                },
                Binds = settings.Number("binds"),
                WithReceivers = settings.Text("bind_type") == "transmitter_and_receiver",
                MessagesPerSecond = settings.Number("messages_per_second"),
            },
            SourceTon = Octet(settings.Text("source_ton")),
            SourceNpi = Octet(settings.Text("source_npi")),
            DestinationTon = (byte)settings.Number("dest_ton"),
            DestinationNpi = (byte)settings.Number("dest_npi"),
            Encoding = settings.Text("encoding") switch
            {
                "gsm7" => SmppEncoding.Gsm7,
                "gsm7_packed" => SmppEncoding.Gsm7Packed,
                "latin1" => SmppEncoding.Latin1,
                "ucs2" => SmppEncoding.Ucs2,
                _ => null,
            },
            LongMessage = settings.Text("long_message") == "payload" ? LongMessage.Payload : LongMessage.UserDataHeader,
            RegisteredDelivery = settings.Text("registered_delivery") switch { "final" => 1, "failure" => 2, _ => 0 },
            Validity = settings.Text("validity") switch { "relative" => ValidityForm.Relative, "absolute" => ValidityForm.Absolute, _ => ValidityForm.None },
            ReceiptIds = settings.Text("receipt_id_format") switch
            {
                "hex_to_decimal" => ReceiptIdFormat.HexToDecimal,
                "decimal_to_hex" => ReceiptIdFormat.DecimalToHex,
                _ => ReceiptIdFormat.Same,
            },
        };
    }

    /// <summary>False for what is no certificate; true with null for nothing.</summary>
    public static bool TryReadCertificates(string? pem, out X509Certificate2Collection? certificates)
    {
        certificates = null;
        if (pem is null)
        {
            return true;
        }

        var read = new X509Certificate2Collection();
        try
        {
            read.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return false;
        }

        certificates = read;
        return read.Count > 0;
    }

    static byte? Octet(string text) => text == "auto" ? null : byte.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
